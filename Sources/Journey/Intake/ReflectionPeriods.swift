/// R09: a reflection period is for one victim, once, and no longer than the law allows.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
package import Referrals

package enum ReflectionPeriods {
  /// What the referral alone shows: whose period it is, and how long.
  static func reasons(_ referral: Referral, _ reference: ReferenceData) -> [Reason] {
    guard let period = referral.group("residence")?["reflectionPeriod"] else { return [] }
    return ofWitness(referral) + tooLong(period, reference)
  }

  /// A period is not for witnesses. That the same person is a victim too lets it pass.
  private static func ofWitness(_ referral: Referral) -> [Reason] {
    referral.persons.filter {
      $0.isPrincipal && $0.roles.isDisjoint(with: ["victim", "possible-victim"])
    }.map { Reason(.reflectionPeriod, at: $0.pointer("roles")) }
  }

  private static func tooLong(_ period: JSONValue, _ reference: ReferenceData) -> [Reason] {
    guard let start = period["start"]?.text.flatMap(CivilDate.init(iso:)),
      let end = period["end"]?.text.flatMap(CivilDate.init(iso:))
    else { return [] }
    let limits = reference.reflectionLimits(
      dublin: period["dublin"]?.flag == true, from: start)
    let lastDay = limits.map { $0.lastDay(from: start) }.min()
    var reasons: [Reason] = []
    if end < start || lastDay.map({ end > $0 }) ?? false { reasons.append(reason(at: "end")) }
    if let text = period["duration"]?.text, let stated = lastDayStated(text, from: start) {
      // What is stated may be longer than what was used, but not longer than the law allows.
      let isTooLong = lastDay.map { stated > $0 } ?? false
      if isTooLong || stated < end { reasons.append(reason(at: "duration")) }
    }
    return reasons
  }

  /// P3M, P4W or P30D counted from the first day.
  private static func lastDayStated(_ duration: String, from start: CivilDate) -> CivilDate? {
    guard duration.hasPrefix("P"), let unit = duration.last,
      let count = Int(duration.dropFirst().dropLast()), (1...999).contains(count)
    else { return nil }
    return switch unit {
    case "M": start.adding(months: count)
    case "W": start.adding(days: 7 * count)
    case "D": start.adding(days: count)
    default: nil  // OPEN: characters
    }
  }

  /// What earlier revisions of this referral show: a period is not renewed. Only a correction may
  /// say that it began on another day. Periods in other referrals are the case system's knowledge.
  package static func reasons(_ referral: Referral, after earlier: [EarlierRevision])
    -> [Reason]
  {
    guard referral.header.operation != .correct,
      let start = referral.group("residence")?["reflectionPeriod"]?["start"]?.text,
      let known = earlier.last(where: { $0.reflectionStart != nil })?.reflectionStart,
      known != start
    else { return [] }
    return [reason(at: "start")]
  }

  private static func reason(at member: String) -> Reason {
    Reason(
      .reflectionPeriod,
      at: JSONPointer(tokens: ["referral", "residence", "reflectionPeriod", member]))
  }
}
