/// An acknowledgement that passed no check.
// SPDX-License-Identifier: Apache-2.0
// expect: inaccessible due to 'fileprivate' protection level

import Acknowledgement
import Platform
import Wire

func forge(_ parsed: ParsedAcknowledgement, _ now: Instant) -> VerifiedAcknowledgement {
  VerifiedAcknowledgement(parsed, signedAt: now)
}
