/// What the law says today, as data with a date: article numbers never stand in code.
// SPDX-License-Identifier: Apache-2.0
package import JSON

package struct ReferenceData: Sendable, Equatable {
  /// Provisions that oblige to pass asylum information on (rule R12).
  package let legalDuties: Set<String>

  /// From schemas/codelists/provisions.json: codes whose effect is "duty".
  package init(provisions: JSONValue) {
    legalDuties = Set(
      (provisions["codes"]?.elements ?? [])
        .filter { $0["effect"]?.text == "duty" }
        .compactMap { $0["code"]?.text })
  }
}
