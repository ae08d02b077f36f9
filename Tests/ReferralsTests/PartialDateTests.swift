/// Partial dates: the subset of EDTF level 1 of docs/rules.md.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Referrals
import Testing

@Test(arguments: [
  ("2009", "2009-01-01", "2009-12-31"), ("2009-XX-XX", "2009-01-01", "2009-12-31"),
  ("2009-XX", "2009-01-01", "2009-12-31"), ("2009-02", "2009-02-01", "2009-02-28"),
  ("2008-02-XX", "2008-02-01", "2008-02-29"), ("2009-05-17", "2009-05-17", "2009-05-17"),
  ("2009-05-17?", "2009-05-17", "2009-05-17"), ("2009-05~", "2009-05-01", "2009-05-31"),
  ("2009%", "2009-01-01", "2009-12-31"), ("200X", "2000-01-01", "2009-12-31"),
  ("20XX", "2000-01-01", "2099-12-31"), ("199X?", "1990-01-01", "1999-12-31"),
])
func `keeps the first and the last day of a partial date`(
  _ text: String, _ earliest: String, _ latest: String
) throws {
  let range = try #require(DateRange(partial: text))
  #expect(range.earliest.description == earliest)
  #expect(range.latest.description == latest)
}

@Test(arguments: [
  "", "?", "9", "209", "20090", "X009", "X0XX", "2009-", "2009-5", "2009-13", "2009-00",
  "2009-1X", "2009-XX-05", "2009-02-29", "2009-04-31", "2009-05-1X", "2009-05-00", "2009-05-017",
  "200X-05", "20XX-XX-XX-XX", "2009-05-17??", "2009?-05", "2009/05/17", "-2009", "+209",
  "2009-05-17T00:00:00Z", "2009-+5", "2009-05-+7", "２００９",
])
func `refuses what is no partial date`(_ text: String) {
  #expect(DateRange(partial: text) == nil)
}
