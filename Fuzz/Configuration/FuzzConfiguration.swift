/// Fuzz target: one text as every file of a configuration; refusals are placed and printable.
// SPDX-License-Identifier: Apache-2.0
import FuzzSupport
import Platform
import Register

/// A folder of its own, on a file system in memory where scripts/fuzz says so; what the files name
/// is in its folder pki.
private let folder = Standard.variable("REFERRAL_FUZZ_FOLDER") ?? "/tmp/referral-fuzz"
private let files = ["gateway.toml", "partners.d/sample.toml", "policies.d/sample.toml"]
private let now = Instant(rfc3339: "2026-11-23T12:00:00Z")

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzConfiguration(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let now else { return 0 }
  do {
    for below in ["partners.d", "policies.d"] { try Files.makeFolder("\(folder)/\(below)") }
    for file in files { try Files.write(octets(start, count), to: "\(folder)/\(file)") }
  } catch {
    fatalError("there is no folder \(folder): \(error.reason)")
  }
  let result = Configuration.load(
    folder: folder, knownKinds: ["TRAFFICKING_SIGNAL"], profile: .development, now: now)
  guard case .failure(let found) = result else { return 0 }
  demand(!found.errors.isEmpty, "a refusal has a reason")
  for error in found.errors {
    demand(error.place.line > 0 && error.place.column > 0, "an error has a place")
    demand(!error.problem.isEmpty && !error.remedy.isEmpty, "an error says what and what to do")
    demand(Printable.text(error.description) == error.description, "an error can be shown")
  }
  return 0
}
