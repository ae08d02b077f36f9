/// DisclosedStatistics brought to the door of Signing, which takes wire forms only.
// SPDX-License-Identifier: Apache-2.0
// expect: no exact matches in call to global function 'sign'

import Disclosure
import Signing

func skip(_ value: DisclosedStatistics, _ identity: SigningIdentity, _ style: SignatureStyle)
  throws
{
  _ = try sign(value, with: identity, style: style)
}
