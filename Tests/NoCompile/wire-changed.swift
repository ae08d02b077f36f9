/// Wire octets changed after they were checked.
// SPDX-License-Identifier: Apache-2.0
// expect: 'let' constant

import Wire

func change(_ document: WireDocument) -> WireDocument {
  var copy = document
  copy.octets = []
  return copy
}
