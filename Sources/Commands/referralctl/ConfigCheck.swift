/// config check: a configuration folder judged as the daemon would, without the daemon.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform
import Referrals
import Register

extension Session {
  func configCheck() -> ExitCode {
    switch loadConfiguration() {
    case .failure(let exit): return exit
    case .success(let configuration):
      if output.asJSON {
        output.lines([.object(configuration.line(folder: configurationFolder))])
      } else {
        describe(configuration, configurationFolder)
      }
      return .done
    }
  }

  private var configurationFolder: String {
    arguments.operands.first ?? defaultConfigurationFolder
  }

  /// The failure after saying every error.
  ///
  /// - Parameter additions: files that are not in the folder yet, by their place in it.
  func loadConfiguration(_ named: String? = nil, adding additions: [String: [UInt8]] = [:])
    -> Result<Configuration, ExitCode>
  {
    let folder = named ?? configurationFolder
    guard (1...Limits.pathOctets).contains(folder.utf8.count) else {
      return .failure(
        usage(
          "the folder's path is empty or too long", "give 1 to \(Limits.pathOctets) octets"))
    }
    let loaded = Configuration.load(
      folder: folder, adding: additions, knownKinds: ReferralKind.allCases.map(\.rawValue),
      now: SystemClock.now())
    return loaded.mapError { found in
      complain(found.errors, in: folder)
      return .configuration
    }
  }

  private func complain(_ errors: [ConfigurationError], in folder: String) {
    guard !output.asJSON else {
      for error in errors {
        output.problem([.object(error.line(folder: folder))])
      }
      return
    }
    for error in errors {
      Standard.error(Printable.text("\(folder)/\(error)", limitCharacters: 1_000) + "\n")
    }
    let many = errors.count == 1 ? "1 error" : "\(errors.count) errors"
    Standard.error("referralctl: \(many); the daemon would not take this configuration\n")
  }

  private func describe(_ configuration: Configuration, _ folder: String) {
    output.text("\(Printable.text(folder, limitCharacters: 400)): in order\n\n")
    output.facts([
      ("profile", configuration.profile.rawValue),
      ("organisation", Printable.text(configuration.identity.organisation)),
      ("admin socket", Printable.text(configuration.admin.socket)),
      ("signing keys", configuration.signingKeys.map(\.name).joined(separator: ", ")),
      ("partners", configuration.partners.map(\.code.text).joined(separator: ", ")),
      ("routes", configuration.routes.map(\.name).joined(separator: ", ")),
      ("projects", configuration.projects.map(\.name).joined(separator: ", ")),
    ])
  }
}

extension Configuration {
  fileprivate func line(folder: String) -> JSONObject {
    [
      "v": 1, "kind": "config", "folder": .string(folder), "profile": .string(profile.rawValue),
      "organisation": .string(identity.organisation), "adminSocket": .string(admin.socket),
      "signingKeys": .array(signingKeys.map { .string($0.name) }),
      "partners": .array(partners.map { .string($0.code.text) }),
      "routes": .array(routes.map { .string($0.name) }),
      "projects": .array(projects.map { .string($0.name) }),
    ]
  }
}

extension ConfigurationError {
  fileprivate func line(folder: String) -> JSONObject {
    let complaint = Complaint(
      exit: .configuration, code: code.rawValue, message: problem, hint: remedy)
    var line = complaint.line
    line["file"] = .string("\(folder)/\(place.file)")
    line["line"] = .number(JSONNumber(Int64(place.line)))
    line["column"] = .number(JSONNumber(Int64(place.column)))
    return line
  }
}
