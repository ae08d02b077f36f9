/// What the policy commands share: folders and files read without the daemon, and their complaints.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform
import PolicyReview
import Referrals
import Register
import Wire

/// The policies of a folder, or one alone.
struct ReadPolicies {
  let folder: PolicyFolder
  /// In front of the file names of findings, with a slash; empty for one file.
  let prefix: String
  /// Where the submissions of examples are looked for.
  let base: String
  /// Where one project's file was named.
  var only: String?

  var projects: [Project] { folder.projects.filter { only == nil || only == $0.name } }

  /// By partner, then by the day from which they are in force.
  var all: [(policy: Policy, partner: Addressee?)] {
    if only != nil { return [] }
    return folder.policies.sorted { $0.key < $1.key }.flatMap { code, versions in
      versions.all.map { ($0, folder.addressees[code]) }
    }
  }
}

extension Session {
  static let kinds = ReferralKind.allCases.map(\.rawValue)

  var policyPath: String { arguments.operands.first ?? "/etc/referral-gateway" }

  /// The schemas that this program was built with, and the fields that they describe.
  func model() -> (schemas: BuiltInSchemas, fields: ReferralModel)? {
    guard let schemas = try? BuiltInSchemas.load(),
      let fields = ReferralModel(
        schemas: schemas.documents, provisions: schemas.codeLists["provisions"])
    else {
      output.complain(
        Complaint(
          exit: .failed, code: "built-in-schemas",
          message: "the schemas inside this program cannot be read", hint: "install it anew"))
      return nil
    }
    return (schemas, fields)
  }

  /// The failure after saying every error.
  func policies(at path: String) -> Result<ReadPolicies, ExitCode> {
    if Files.isFolder(path) { return folder(path) }
    // A project means something only among the policies that it stands in place of.
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    if parts.dropLast().last == "projects.d", Files.exists(path) {
      let base = parts.dropLast(2).joined(separator: "/")
      return folder(base.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : base).map {
        var read = $0
        read.only = String(parts.last?.dropLast(".toml".count) ?? "")
        return read
      }
    }
    return file(path)
  }

  private func folder(_ path: String) -> Result<ReadPolicies, ExitCode> {
    PolicyFolder.read(path, knownKinds: Session.kinds)
      .map { ReadPolicies(folder: $0, prefix: path + "/", base: path) }
      .mapError { found in
        complain(found.errors, prefix: path + "/")
        return .configuration
      }
  }

  private func file(_ path: String) -> Result<ReadPolicies, ExitCode> {
    let octets: [UInt8]
    do {
      octets = try Files.read(path, limit: Limits.policyOctets)
    } catch {
      output.complain(
        Complaint(
          exit: .badData, code: error.name, message: error.reason,
          hint: "give a policy file, or a folder with policies.d and partners.d"),
        about: .file(path))
      return .failure(.badData)
    }
    let base = Session.base(of: path)
    let stem = path.split(separator: "/").last?.dropLast(".toml".count) ?? ""
    let folder = path.split(separator: "/").dropLast().last ?? ""
    let code = folder.hasSuffix(".d") && folder != "policies.d" ? folder.dropLast(2) : stem
    let partner = try? Files.read("\(base)/partners.d/\(code).toml", limit: Limits.policyOctets)
    return PolicyFolder.read(
      file: path, octets: octets, partner: partner, knownKinds: Session.kinds
    )
    .map { ReadPolicies(folder: $0, prefix: "", base: base) }
    .mapError { found in
      complain(found.errors, prefix: "")
      return .configuration
    }
  }

  /// The configuration folder around a policy file.
  private static func base(of path: String) -> String {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    while let last = parts.last, last.hasSuffix(".d") {
      parts = parts.dropLast()
      if last == "policies.d" { break }
    }
    let base = parts.joined(separator: "/")
    return base.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : base
  }

  private func complain(_ errors: [ConfigurationError], prefix: String) {
    for error in errors {
      if output.asJSON {
        output.problem([.object(error.line(prefix: prefix))])
      } else {
        Standard.error(Printable.text("\(prefix)\(error)", limitCharacters: 1_000) + "\n")
      }
    }
  }

  /// Nil after saying that it is none.
  func day(_ text: String?) -> CivilDate?? {
    guard let text else { return .some(nil) }
    guard let day = CivilDate(iso: text) else {
      let shown = Printable.text(text, limitCharacters: 100)
      _ = usage("'\(shown)' is not a day", "write it as 2027-01-31")
      return nil
    }
    return day
  }

  var today: CivilDate {
    CivilDate(daysSince1970: Int(SystemClock.now().startOfDay.seconds / 86_400))
  }
}

extension ConfigurationError {
  fileprivate func line(prefix: String) -> JSONObject {
    var line = Complaint(
      exit: .configuration, code: code.rawValue, message: problem, hint: remedy
    ).line
    line["file"] = .string(prefix + place.file)
    line["line"] = .number(JSONNumber(Int64(place.line)))
    line["column"] = .number(JSONNumber(Int64(place.column)))
    return line
  }
}
