/// Plans of exercises: their grammar, their order, and between whom they are allowed.
// SPDX-License-Identifier: Apache-2.0
import Reception
import Register
import Testing

private func refusal(_ plan: String) -> String? {
  switch ExercisePlan.read(plan) {
  case .success: nil
  case .failure(let refusal): refusal.reason
  }
}

@Suite struct ExerciseTests {
  @Test(arguments: [
    "honest", "slow", "slow=5", " slow = 5 , unsigned-200 , 503 * 3 ", "down*", "down=10*2",
    "5xx", "599=86400", "300", "415", "415=1.1.0", "415=1.1.0+2.0.0*2", "rejection",
    "rejection=superseded", "409=1", "clock-skew", "forget*", "lost-answer", "foreign-key",
  ])
  func `reads a plan`(_ plan: String) { #expect(refusal(plan) == nil) }

  @Test(arguments: [
    "", ",", "honest,", "nothing", "Honest", "slow=", "slow=-1", "slow=601", "slow=1.5",
    "honest=1", "299", "600", "0503", "503=x", "503=86401", "415=", "415=1.0", "415=1.0.0,2.0.0",
    "rejection=", "rejection=no", "honest*0", "honest*10001", "honest**2", "honest*x", "*3",
  ])
  func `refuses a plan with a wrong step`(_ plan: String) { #expect(refusal(plan) != nil) }

  @Test func `refuses a plan without end`() {
    let steps = Array(repeating: "honest", count: 101)
    #expect(refusal(steps.joined(separator: ",")) != nil)
    #expect(refusal(steps.dropLast().joined(separator: ",")) == nil)
  }

  @Test func `explains every word that it takes`() {
    for step in ExercisePlan.vocabulary {
      let word = step.usage.prefix { $0 != "[" }
      #expect(refusal(word == "STATUS" ? "404" : String(word)) == nil, "\(step.usage)")
      #expect(!step.meaning.isEmpty)
    }
  }

  @Test func `refuses an exercise unless both sides have a test OIN`() throws {
    let plan = try ExercisePlan.read("slow").get()
    let test = try #require(PartnerIdentity("urn:nld:oin:00000099000000001000"))
    let others = try [
      "urn:nld:oin:00000001234567890000", "https://referral-gateway.example/id/eidas/NTRNL-1",
    ].map { try #require(PartnerIdentity($0)) }
    #expect(throws: Never.self) { try plan.permitted(for: test, from: test).get() }
    for other in others {
      #expect(throws: ExerciseRefusal.self) { try plan.permitted(for: other, from: test).get() }
      #expect(throws: ExerciseRefusal.self) { try plan.permitted(for: test, from: other).get() }
    }
  }
}
