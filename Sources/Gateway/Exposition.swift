/// Prometheus' text format 0.0.4: what stands between a number and whoever collects it.
// SPDX-License-Identifier: Apache-2.0
import Platform

struct Exposition {
  enum Kind: String { case counter, gauge }
  struct Sample {
    let labels: [(name: String, value: String)]
    let value: Int64

    init(_ value: Int64, _ labels: (name: String, value: String)...) {
      self.value = value
      self.labels = labels
    }
  }

  private(set) var text = ""
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// One family with its samples. A family without samples is left out.
  mutating func add(
    _ name: StaticString, _ kind: Kind, _ help: StaticString,
    _ samples: [Sample]
  ) {
    guard !samples.isEmpty else { return }
    let name = "referral_gateway_\(name)"
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    for sample in samples {
      let labels = sample.labels.map { "\($0.name)=\"\(Exposition.escaped($0.value))\"" }
      text += name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}")
      text += " \(sample.value)\n"
    }
  }

  private static func escaped(_ value: String) -> String {
    var out = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(scalar)  // OPEN: the rest of Unicode
      }
    }
    return out
  }
}
