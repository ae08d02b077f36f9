/// completion bash and zsh: made from the table of commands.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Session {
  func completion(_ shell: Shell) -> ExitCode {
    output.text(tool.completion(for: shell))
    return .done
  }
}
