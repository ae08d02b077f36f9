/// Chance that can be repeated: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
// SPDX-License-Identifier: Apache-2.0

struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }

  mutating func between(_ low: Int64, _ high: Int64) -> Int64 {
    low + Int64(next() % UInt64(high - low + 1))
  }

  mutating func happens(_ percent: Int) -> Bool { below(100) < percent }

  mutating func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }
}
