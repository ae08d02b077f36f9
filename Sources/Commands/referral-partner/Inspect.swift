/// The commands that look at what was received, in the store or through the running server.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Fetch
import JSON
import Platform
import Reception
import SQLite

private struct InspectError: Error {
  let reason: String
  let status: Int32
}

/// Asks and gives the answer to `body`; nil there is "no such document".
private func ask(
  _ inspection: Inspection, _ arguments: ParsedArguments, _ body: (JSONValue?) -> Int32
) -> Int32 {
  let socket = arguments.value("--socket")
  let state = arguments.value("--state")
  switch waiting(for: { await answerFrom(socket: socket, state: state, inspection) }) {
  case .success(let value): return body(value)
  case .failure(let error):
    Standard.error("referral-partner: \(error.reason)\n")
    return error.status
  }
}

/// The calling thread waits until the work is done.
func waiting<Done: Sendable>(for work: @escaping @Sendable () async -> Done) -> Done {
  let done = Locked<Done?>(nil)
  let wake = Wake()
  Task.detached {
    let result = await work()
    done.withLock { $0 = result }
    wake.signal()
  }
  while true {
    wake.block()
    if let result = done.withLock({ $0 }) { return result }
  }
}

private func answerFrom(socket: String?, state: String?, _ inspection: Inspection) async
  -> Result<JSONValue?, InspectError>
{
  do throws(InspectError) {
    switch (socket, state) {
    case (let socket?, nil): return .success(try await answer(socket: socket, inspection))
    case (nil, let state?): return .success(try await answer(state: state, inspection))
    case (.some, .some), (nil, nil):
      throw InspectError(reason: "give --state or --socket", status: Tool.usageStatus)
    }
  } catch {
    return .failure(error)
  }
}

private func answer(socket: String, _ inspection: Inspection) async throws(InspectError)
  -> JSONValue?
{
  let asked = inspection.request
  switch await exchange(socket, asked.path, asked.body) {
  case .answer(let answer) where answer.status == 404: return nil
  case .answer(let answer) where answer.status == 200:
    var limits = JSONLimits()
    limits.octets = answerOctets
    guard let value = try? JSONReader.read(answer.body, limits: limits) else { break }
    return value
  case .answer: break
  case .failure(let failure):
    throw InspectError(
      reason: "\(socket): \(failure.kind.rawValue)", status: ExitCode.unavailable)
  }
  throw InspectError(reason: "\(socket): no usable answer", status: ExitCode.unavailable)
}

/// POST where there is a body, else GET.
func exchange(_ socket: String, _ path: String, _ body: [UInt8]?) async -> FetchResult {
  var request = FetchRequest(
    body == nil ? .get : .post, "http://localhost\(path)", body: body ?? [])
  request.allowsPlainHTTP = true
  request.unixSocket = socket
  request.maxAnswerOctets = answerOctets
  // The server brings an acknowledgement before it answers.
  request.timeouts.silenceSeconds = 40
  request.timeouts.totalMilliseconds = 60_000
  let fetcher = Fetcher()
  let result = await fetcher.push(request)
  await fetcher.close()
  return result
}

private let answerOctets = 67_108_864

private func answer(state: String, _ inspection: Inspection) async throws(InspectError)
  -> JSONValue?
{
  guard ReceptionStore.exists(in: state) else {
    throw InspectError(reason: "\(state): there is no store", status: ExitCode.noInput)
  }
  do throws(StoreError) {
    let store = try ReceptionStore(folder: state) { _ in }
    let value: JSONValue?
    do throws(StoreError) {
      value = try await store.answer(inspection)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
    return value
  } catch {
    let isBusy = error.code == .busy
    throw InspectError(
      reason: isBusy
        ? "\(state): a running server has the store open; use --socket"
        : "\(state): \(error.code.rawValue) at \(error.place)",
      status: isBusy ? ExitCode.temporary : ExitCode.broken)
  }
}

private func output(_ value: JSONValue) {
  Standard.output(String(decoding: JSONWriter.write(value), as: UTF8.self) + "\n")
}

func showEffects(_ arguments: ParsedArguments) -> Int32 {
  ask(.effects, arguments) { answer in
    guard let answer else { return ExitCode.notFound }
    if arguments.has("--json") {
      output(answer)
      return ExitCode.success
    }
    var table = TextTable([.init("count"), .init("number", .right)])
    for name in ["documents", "effects", "revisions", "contents", "repeats", "exercises"] {
      table.add([name, String(answer[name]?.integer ?? 0)])
    }
    Standard.output(table.text)
    return ExitCode.success
  }
}

/// What stands in `member` of an answer: as it came, or a row of a table for each.
private func list(
  _ member: String, _ inspection: Inspection, _ arguments: ParsedArguments,
  _ columns: [TextTable.Column], _ cells: (JSONValue) -> [String]
) -> Int32 {
  ask(inspection, arguments) { answer in
    guard let answer else { return ExitCode.notFound }
    if arguments.has("--json") {
      output(answer)
      return ExitCode.success
    }
    var table = TextTable(columns)
    for row in answer[member]?.elements ?? [] { table.add(cells(row)) }
    Standard.output(table.text)
    return ExitCode.success
  }
}

private func word(_ name: String, of row: JSONValue) -> String {
  row[name]?.text ?? row[name]?.integer.map(String.init) ?? ""
}

func listDocuments(_ arguments: ParsedArguments) -> Int32 {
  list(
    "documents", .documents, arguments,
    [
      .init("document"), .init("referral"), .init("revision", .right), .init("operation"),
      .init("received"), .init("repeats", .right), .init("content"),
    ]
  ) { row in
    ["id", "referralId", "revision", "operation", "receivedAt", "repeats"].map {
      word($0, of: row)
    } + [row["erased"]?.flag == true ? "erased" : "kept"]
  }
}

func listStatements(_ arguments: ParsedArguments) -> Int32 {
  list(
    "acknowledgements", .statements, arguments,
    [
      .init("acknowledgement"), .init("document"), .init("kind"), .init("said"), .init("state"),
      .init("tries", .right), .init("answer"),
    ]
  ) { row in
    ["id", "documentId", "kind", "saidAt", "state", "attempts"].map { word($0, of: row) }
      + [lastAnswer(row)]
  }
}

func listAttachments(_ arguments: ParsedArguments) -> Int32 {
  list(
    "attachments", .attachments, arguments,
    [
      .init("document"), .init("attachment"), .init("size", .right), .init("state"),
      .init("tries", .right), .init("answer"),
    ]
  ) { row in
    ["documentId", "id", "size", "state", "attempts"].map { word($0, of: row) }
      + [lastAnswer(row)]
  }
}

/// Status and problem of the last attempt.
private func lastAnswer(_ row: JSONValue) -> String {
  ["status", "problem"].map { word($0, of: row) }.filter { !$0.isEmpty }.joined(separator: " ")
}

/// `wanted`: the text, or "-" for standard input.
func findText(_ wanted: String, _ arguments: ParsedArguments) -> Int32 {
  var text = Array(wanted.utf8)
  if text == Array("-".utf8) {
    text = (try? Files.standardInput(limit: 65_536)) ?? []
    if text.last == 0x0A { text.removeLast() }
  }
  guard !text.isEmpty else {
    Standard.error("referral-partner: the text to find is empty\n")
    return Tool.usageStatus
  }
  return ask(.find(text), arguments) { answer in
    let count = answer?["documents"]?.integer ?? 0
    Standard.output(count == 0 ? "not found\n" : "found in \(count) documents\n")
    return count == 0 ? ExitCode.notFound : ExitCode.success
  }
}

func exportDocument(_ arguments: ParsedArguments) -> Int32 {
  let folder = arguments.value("--output") ?? ""
  guard let text = arguments.operands.first, let id = UniversalID(text) else {
    Standard.error("referral-partner: ID is not the id of a document\n")
    return Tool.usageStatus
  }
  return ask(.document(id), arguments) { answer in
    guard let answer else {
      Standard.error("referral-partner: there is no document \(id)\n")
      return ExitCode.notFound
    }
    do throws(FileError) {
      try Export(answer).write(to: folder)
    } catch {
      Standard.error("referral-partner: \(error.path): \(error.reason)\n")
      return ExitCode.cannotCreate
    }
    guard answer["body"] != nil else {
      Standard.error("referral-partner: the document was withdrawn, its content is erased\n")
      return ExitCode.notFound
    }
    return ExitCode.success
  }
}
