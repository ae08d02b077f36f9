/// The files beside a submission in the spool: a folder with its name and ".files".
// SPDX-License-Identifier: Apache-2.0
import Intake
import JSON
import OpenSSL
import Outbox
import Platform
import Referrals

/// In the folder is one file for each attachment, named by its id (docs/case-system.md).
struct SpoolFiles: Sendable {
  let outbox: OutboxStore
  let clock: GatewayClock

  enum HandedIn {
    case handed(UniversalID?)
    case refused(Reason)
    case unavailable
  }

  private static let suffix = ".files"

  /// Such a folder is no submission; it waits for its own.
  static func isFolder(_ name: String, in folder: String) -> Bool {
    name.hasSuffix(suffix) && Files.isFolder(folder + "/" + name)
  }

  static func folder(of path: String) -> String { path + suffix }

  func handIn(beside path: String, by owner: String) async throws(OutboxError) -> HandedIn {
    let folder = SpoolFiles.folder(of: path)
    guard Files.isFolder(folder) else { return .handed(nil) }
    let bundle = UniversalID.v4(random: SecureRandom.octets(16))
    guard let names = try? Files.list(folder) else { return SpoolFiles.unreadable }
    do throws(OutboxError) {
      for name in names {
        guard AttachmentID.isOne(name) else { return SpoolFiles.unreadable }
        if let refusal = try await handIn(folder + "/" + name, as: name, in: bundle, owner) {
          try await outbox.forget(bundle: bundle, of: owner)
          return .refused(refusal)
        }
      }
    } catch {
      guard error.code == .full else { throw error }
      return .unavailable
    }
    return .handed(bundle)
  }

  private static var unreadable: HandedIn {
    .refused(Reason(.unreadableFile, at: JSONPointer(tokens: ["referral", "attachments"])))
  }

  private func handIn(
    _ path: String, as name: String, in bundle: UniversalID, _ owner: String
  ) async throws(OutboxError) -> Reason? {
    let place = JSONPointer(tokens: ["referral", "attachments"])
    guard var pieces = try? FilePieces(path, links: .refuse) else {
      return Reason(.unreadableFile, at: place)
    }
    var number = 0
    while true {
      let next: [UInt8]?
      do {
        next = try pieces.next()
      } catch {
        return Reason(.unreadableFile, at: place)
      }
      guard let piece = next else { return nil }
      let handed = try await outbox.handIn(
        piece, part: number, of: name, in: bundle, by: owner,
        fresh: UniversalID.v4(random: SecureRandom.octets(16)), at: clock.now())
      switch handed {
      case .kept: number += 1
      case .outOfOrder: return Reason(.unreadableFile, at: place)
      case .tooMuch:
        return Reason(
          .attachment, at: place, detail: "the files are larger than may be, or too many")
      }
    }
  }
}
