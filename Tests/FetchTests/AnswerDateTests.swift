/// The partner's clock as its answers tell it.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import Platform
import Testing

private func date(_ values: String...) -> Instant? {
  FetchAnswer(
    status: 200, fields: values.map { ("date", $0) }, body: [], peerAddress: "",
    newConnections: 0, milliseconds: 0, handshakeMilliseconds: 0
  ).date
}

@Test func `reads the date in the form that senders must use`() {
  #expect(date("Sun, 06 Nov 1994 08:49:37 GMT") == Instant(rfc3339: "1994-11-06T08:49:37Z"))
}

@Test(arguments: [
  "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 24:49:37 GMT",
  "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37.5Z GMT",
]) func `takes no other text for a date`(_ text: String) { #expect(date(text) == nil) }

@Test func `takes two dates for none`() {
  let one = "Sun, 06 Nov 1994 08:49:37 GMT"
  #expect(date(one, one) == nil)
}
