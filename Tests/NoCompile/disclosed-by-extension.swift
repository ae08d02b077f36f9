/// An initializer added from outside.
// SPDX-License-Identifier: Apache-2.0
// expect: may not be initialized directly

import Disclosure

extension DisclosedReferral {
  init(recipient: String) { self.recipient = recipient }
}
