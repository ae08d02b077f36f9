/// Fuzz target: what the JSON reader takes, the writer gives back; what it refuses, it can place.
// SPDX-License-Identifier: Apache-2.0
import FuzzSupport
import JSON

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = octets(start, count)
  let value: JSONValue
  do {
    value = try JSONReader.read(text)
  } catch {
    let lines = text.count { $0 == 0x0A } + 1
    demand((1...lines).contains(error.line), "an error stands in the text")
    demand((1...text.count + 1).contains(error.column), "an error stands in its line")
    return 0
  }
  let compact = JSONWriter.write(value)
  demand((try? JSONReader.read(compact)) == value, "compact text is the same value")
  demand((try? JSONReader.read(JSONWriter.writePretty(value))) == value, "so is pretty text")
  demand(JSONWriter.write((try? JSONReader.read(compact)) ?? .null) == compact, "one way to write")
  if let members = value.members { check(members, of: value, in: text) }
  if case .string(let string) = value { check(string) }
  return 0
}

private func check(_ object: JSONObject, of value: JSONValue, in text: [UInt8]) {
  for member in object.members.prefix(4) {
    let pointer = JSONPointer(tokens: [member.name])
    demand(JSONPointer(pointer.description) == pointer, "a pointer reads back")
    demand(value.at(pointer) == member.value, "a pointer leads to the member")
    let located = try? JSONReader.read(text, locating: [member.name])
    guard let range = located?.places[member.name] else {
      demand(false, "a member has a range")
      return
    }
    demand((try? JSONReader.read(Array(text[range]))) == member.value, "the range is the value")
  }
}

private func check(_ string: String) {
  if let composed = Normalization.nfc(string) {
    demand(!ExactText.same(composed, string), "only what is not in form C is changed")
    demand(Normalization.nfc(composed) == nil, "form C is stable")
  }
  _ = TextRules.forbiddenScalar(in: string)
}
