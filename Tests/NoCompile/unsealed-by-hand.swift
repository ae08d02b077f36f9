/// An opened record that no key opened.
// SPDX-License-Identifier: Apache-2.0
// expect: inaccessible due to 'fileprivate' protection level

import Seal

func forge(_ place: SealPlace) -> Unsealed {
  Unsealed(octets: [], place: place)
}
