/// config reload: the running daemon takes its files in again, or says what is wrong with them.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON

extension Session {
  func configReload() async -> ExitCode {
    let answer = await daemon.post(
      "/v1/reload", [], [], whenLost: "see the generation in: referralctl status --json")
    return present(answer) { lines in
      for line in lines {
        output.text(
          "reloaded: \(line.word("partners")) partners, generation \(line.word("generation"))\n")
      }
    }
  }
}
