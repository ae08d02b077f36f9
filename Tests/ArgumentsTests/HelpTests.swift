/// Help texts and tables, letter by letter.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Testing

private func help(_ words: String...) -> String {
  guard case .help(let text) = tool.parse(words) else { return "no help" }
  return text
}

@Test func `help of the tool`() {
  #expect(
    help("--help") == """
      postctl - looks after the post

      Usage: postctl COMMAND [OPTION...] [OPERAND...]

      Commands:
        list          letters by filter
        resend        send the same octets again
        partner show  one partner
        partner list  all partners

      Options of every command:
        --json      JSON Lines instead of tables
        -h, --help  show this help
        --version   show the version

      Examples:
        $ postctl list --state held
            everything that waits for a person

      Exit status:
        0   done
        64  usage

      'postctl help COMMAND' says more about a command.

      """)
  #expect(help("help") == help("-h"))
}

@Test func `help of a command`() {
  #expect(
    help("resend", "--help") == """
      postctl resend - send the same octets again

      Usage: postctl resend --reason TEXT [OPTION...] ID...

      Acknowledged letters are refused.

      Options:
        --reason TEXT  for the audit

      Options of every command:
        --json      JSON Lines instead of tables
        -h, --help  show this help
        --version   show the version

      Examples:
        $ postctl resend 7 --reason lost
            sends letter 7 once more

      Exit status:
        0   done
        64  usage

      """)
  #expect(help("help", "resend") == help("resend", "-h"))
}

@Test func `help of a group shows its commands only`() {
  let text = help("partner", "--help")
  #expect(text.contains("partner show") && !text.contains("resend"))
}

@Test func `help shows choices and short names`() {
  let text = help("help", "list")
  #expect(text.contains("  --state STATE       only these (may be repeated)\n"))
  #expect(text.contains("                      one of: queued, held\n"))
  #expect(text.contains("  -w, --wait SECONDS  how long\n"))
}

@Test func `the version is asked for anywhere`() {
  for words in [["--version"], ["list", "--version"]] {
    guard case .version = tool.parse(words) else {
      Issue.record("no version for \(words)")
      continue
    }
  }
}

@Test func `a table aligns wide and combining characters`() {
  var table = TextTable([.init("CODE"), .init("AGE", .right), .init("NOTE")])
  table.add(["police", "5"])
  table.add(["日本", "12", "e\u{301}n\u{1B}"])
  #expect(
    table.text == """
      CODE    AGE  NOTE
      police    5
      日本     12  e\u{301}n\u{FFFD}

      """)
}
