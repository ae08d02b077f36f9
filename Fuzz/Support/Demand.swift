/// What every fuzz target needs: the octets of an input, and a way to say that a promise broke.
// SPDX-License-Identifier: Apache-2.0

/// The input of one run, as libFuzzer hands it over.
package func octets(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
  Array(UnsafeBufferPointer(start: start, count: count))
}

/// Ends the program, so that libFuzzer keeps the input, unless the promise holds.
package func demand(_ holds: @autoclosure () -> Bool, _ promise: StaticString) {
  guard !holds() else { return }
  fatalError("broken promise: \(promise)")
}
