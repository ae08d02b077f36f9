/// What becomes of an attachment, answer by answer.
// SPDX-License-Identifier: Apache-2.0
import Reception
import Testing

private func after(_ answers: AttachmentAnswer...) -> AttachmentProgress {
  var progress = AttachmentProgress()
  for answer in answers { progress.take(answer) }
  return progress
}

@Test func `calls an attachment unreadable only after three that are another file`() {
  let wrong = AttachmentAnswer.file(matches: false)
  #expect(after(wrong, .tooLong).state == .waiting)
  #expect(after(wrong, .tooLong, wrong).state == .unreadable)
  // What was broken off or refused says nothing about the file.
  #expect(after(wrong, .none, .none, .status(503), .status(403), wrong).state == .waiting)
  #expect(after(wrong, wrong, .file(matches: true)).state == .kept)
}

@Test(arguments: [(404, AttachmentState.missing), (410, .erased)])
func `a file that is not there is asked for no more`(_ status: Int, _ state: AttachmentState) {
  #expect(after(.status(status)).state == state)
}

@Test(arguments: [200, 301, 400, 403, 408, 429, 500, 503])
func `what may change is asked for again`(_ status: Int) {
  #expect(after(.status(status)) == AttachmentProgress(state: .waiting, attempts: 1))
}
