/// TOML reading: kinds, places and refusals.
// SPDX-License-Identifier: Apache-2.0
import TOML
import Testing

private func read(_ text: String) throws -> [String: TOMLValue] {
  guard case .table(let table) = try readTOML(Array(text.utf8)).kind else { return [:] }
  return table
}

@Test func `reads every kind of value`() throws {
  let table = try read(
    """
    text = "één"
    whole = 42
    real = 0.5
    yes = true
    day = 2026-03-01
    list = [1, [2]]
    [inner]
    a.b = "deep"
    [[row]]
    n = 1
    [[row]]
    n = 2
    """)
  #expect(table["text"]?.kind == .string("één"))
  #expect(table["whole"]?.kind == .integer(42))
  #expect(table["real"]?.kind == .real(0.5))
  #expect(table["yes"]?.kind == .boolean(true))
  #expect(table["day"]?.kind == .time("2026-03-01"))
  guard case .array(let list) = table["list"]?.kind, case .array(let rows) = table["row"]?.kind,
    case .table(let inner) = table["inner"]?.kind, case .table(let a) = inner["a"]?.kind
  else {
    Issue.record("containers are missing")
    return
  }
  #expect(list.count == 2)
  #expect(rows.count == 2)
  #expect(a["b"]?.kind == .string("deep"))
}

@Test func `says where a value stands`() throws {
  let value = try read("\n\nname = \"x\"\n")["name"]
  #expect(value == TOMLValue(kind: .string("x"), line: 3, column: 8))
}

@Test func `an empty document is an empty table`() throws {
  #expect(try read("").isEmpty)
}

@Test(arguments: [
  ("a = ", 1), ("a = 1\na = 2", 2), ("a = 1\n\n[b", 3), ("\u{FEFF}a = \u{1}", 1),
])
func `refuses broken syntax with its line`(text: String, line: Int) {
  let error = #expect(throws: TOMLError.self) { try readTOML(Array(text.utf8)) }
  #expect(error?.code == .syntax)
  #expect(error?.line == line)
  #expect(error.map { !$0.reason.isEmpty && $0.reason.utf8.count < 200 } == true)
}

@Test func `refuses octets that are not UTF-8`() {
  #expect(throws: TOMLError.self) { try readTOML([0x61, 0x3D, 0x22, 0xFF, 0x22]) }
}

@Test func `refuses nesting without end`() {
  let text = "a = " + String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)
  #expect(throws: TOMLError.self) { try readTOML(Array(text.utf8)) }
}

@Test func `refuses a document beyond the limit`() {
  let error = #expect(throws: TOMLError.self) {
    try readTOML([UInt8](repeating: 0x0A, count: 1_048_577))
  }
  #expect(error?.code == .tooLarge)
}
