/// Files beside a document: each is compared with what the signed document says of it.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Digest
import JSON
import Platform
import Wire

/// One file of the command line, and of which attachment it is to be.
struct HandedAttachment {
  let id: String
  let file: String

  /// Each `ID=FILE`.
  static func read(_ words: [String]) throws(Complaint) -> [HandedAttachment] {
    var all: [HandedAttachment] = []
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw Inputs.usage("--attachment is not ID=FILE", "give it as a1=statement.pdf")
      }
      guard !all.contains(where: { $0.id == parts[0] }) else {
        throw Inputs.usage("--attachment names one id twice", "give one file for each id")
      }
      all.append(HandedAttachment(id: String(parts[0]), file: String(parts[1])))
    }
    return all
  }
}

/// What came of one comparison.
struct ComparedFile {
  enum Finding: String {
    /// The very octets.
    case same
    case unknown = "attachment-unknown"
    case otherSize = "attachment-size"
    case otherDigest = "attachment-digest"
    /// No file was handed in, or the document proves nothing.
    case notCompared
  }
  let id: String
  let finding: Finding

  var code: String? {
    switch finding {
    case .same, .notCompared: nil
    case .unknown, .otherSize, .otherDigest: finding.rawValue
    }
  }

  var outcome: String {
    switch finding {
    case .same: "passed"
    case .notCompared: "skipped"
    case .unknown, .otherSize, .otherDigest: "failed"
    }
  }
}

enum Attachments {
  /// In the document's order, then what it does not name.
  static func compare(_ handed: [HandedAttachment], with verdict: OfflineVerdict)
    throws(Complaint) -> [ComparedFile]
  {
    // Of a document that does not verify nothing is proven.
    guard verdict.outcome != .invalid, case .document(let document) = verdict.content else {
      return handed.map { ComparedFile(id: $0.id, finding: .notCompared) }
    }
    let named = NamedFile.all(in: .object(document.data))
    var all: [ComparedFile] = []
    for entry in named {
      let file = handed.first { $0.id == entry.id }?.file
      let finding = try file.map { (file) throws(Complaint) in try compare(file, with: entry) }
      all.append(ComparedFile(id: entry.id, finding: finding ?? .notCompared))
    }
    for one in handed where !named.contains(where: { $0.id == one.id }) {
      all.append(ComparedFile(id: one.id, finding: .unknown))
    }
    return all
  }

  /// Piece by piece, and no further than the document says.
  private static func compare(_ file: String, with entry: NamedFile) throws(Complaint)
    -> ComparedFile.Finding
  {
    var digest = RunningDigest()
    var count = 0
    do throws(FileError) {
      var pieces = try FilePieces(file)
      while count <= entry.size, let piece = try pieces.next() {
        count += piece.count
        digest.take(piece)
      }
    } catch {
      throw Inputs.unusable(file, error.name, error.reason, Inputs.hint(error.code))
    }
    guard count == entry.size else { return .otherSize }
    return digest.finish() == entry.sha256 ? .same : .otherDigest
  }
}
