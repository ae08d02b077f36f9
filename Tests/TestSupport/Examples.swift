/// The example submissions, and changes to JSON trees by pointer.
// SPDX-License-Identifier: Apache-2.0
package import JSON
import Platform

package enum Examples {
  /// Names of the accepted examples, without ".json", sorted.
  package static let names: [String] = list("examples")
  /// Those that stand alone and go to the three partners of the demonstration, sorted.
  package static let demonstrated = [
    "01-kitchen-workers", "02-unknown-woman", "04-smuggling-route", "10-cross-border",
    "21-stateless-child-ethiopic", "22-mononym", "23-two-scripts",
  ]
  package static let refusedNames: [String] = list("examples/refused")

  /// The octets of examples/<name>.json; `name` may begin with "refused/".
  package static func octets(_ name: String) throws -> [UInt8] {
    try PackageFolder.read("examples/\(name).json")
  }

  /// The whole submission as a tree.
  package static func submission(_ name: String) throws -> JSONValue {
    try JSONReader.read(octets(name))
  }

  private static func list(_ folder: String) -> [String] {
    let files = (try? Files.list("\(PackageFolder.path)/\(folder)")) ?? []
    return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }
  }
}

extension JSONValue {
  /// A copy with the value at `pointer` replaced, appended ("-" or the next index) or, with nil,
  /// removed. Objects on the way are made.
  package func with(_ pointer: String, _ value: JSONValue?) -> JSONValue {
    changed((JSONPointer(pointer)?.tokens ?? [])[...], value)
  }

  package func without(_ pointer: String) -> JSONValue { with(pointer, nil) }

  private func changed(_ path: ArraySlice<String>, _ value: JSONValue?) -> JSONValue {
    guard let name = path.first else { return value ?? .null }
    let rest = path.dropFirst()
    if case .array(var elements) = self {
      let index = Int(name) ?? elements.count
      let old = index < elements.count ? elements[index] : .object(JSONObject())
      if rest.isEmpty, value == nil {
        elements.remove(at: index)
      } else if index < elements.count {
        elements[index] = old.changed(rest, value)
      } else {
        elements.append(old.changed(rest, value))
      }
      return .array(elements)
    }
    var object = members ?? JSONObject()
    let isRemoval = rest.isEmpty && value == nil
    let old = object[name] ?? .object(JSONObject())
    object[name] = isRemoval ? nil : old.changed(rest, value)
    return .object(object)
  }

  /// Every leaf with its path, in the order of the text.
  package var leaves: [(path: [String], value: JSONValue)] {
    switch self {
    case .null, .bool, .number, .string: [([], self)]
    case .array(let elements):
      elements.enumerated().flatMap { index, element in
        element.leaves.map { ([String(index)] + $0.path, $0.value) }
      }
    case .object(let object):
      object.members.flatMap { member in
        member.value.leaves.map { ([member.name] + $0.path, $0.value) }
      }
    }
  }
}
