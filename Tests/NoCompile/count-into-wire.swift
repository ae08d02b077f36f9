/// True numbers brought to the encoder, with the door of Disclosure skipped.
// SPDX-License-Identifier: Apache-2.0
// expect: cannot convert value of type 'QuarterCount' to expected argument type 'Disclosed

import Disclosure
import Statistics
import Wire

func skip(_ count: QuarterCount, _ envelope: Envelope, _ schemas: WireSchemas) {
  _ = WireStatistics.encode(count, in: envelope, schemas: schemas)
}
