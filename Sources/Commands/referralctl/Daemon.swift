/// The daemon at the other end of the admin socket.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import JSON
import Platform

/// What the daemon said, or why it said nothing.
enum DaemonAnswer {
  case lines([JSONValue])
  /// No: refusals, the closing error last.
  case problem([JSONValue], ExitCode)
  case silence(Complaint)
}

struct Daemon: Sendable {
  let socket: String
  let timeoutSeconds: Int
  private let fetcher = Fetcher()

  init(socket: String, timeoutSeconds: Int) {
    self.socket = socket
    self.timeoutSeconds = timeoutSeconds
  }

  /// `path` is encoded; of the query what is nil is left out and the rest encoded.
  func get(_ path: String, _ query: [(String, String?)] = []) async -> DaemonAnswer {
    await ask(.get, path, query, [], whenLost: "try again, or give it more time with --timeout")
  }

  /// `whenLost`: what to do when it is not known whether the daemon did it.
  func post(
    _ path: String, _ query: [(String, String?)] = [], _ body: [UInt8], whenLost: String
  ) async -> DaemonAnswer {
    await ask(.post, path, query, body, whenLost: whenLost)
  }

  /// An answer that is text for another program: shown as it came, or nil where `other` is told.
  func text(_ path: String, type: String, other: (DaemonAnswer) -> Void) async -> String? {
    switch await transfer(.get, path, [], []) {
    case .answer(let answer) where answer.status == 200:
      guard answer.values(of: "content-type").first?.hasPrefix(type) == true else {
        other(.silence(notUnderstood))
        return nil
      }
      return String(decoding: answer.body, as: UTF8.self)
    case .answer(let answer): other(read(answer))
    case .failure(let failure):
      other(.silence(complaint(failure, "try again, or give it more time with --timeout")))
    }
    return nil
  }

  func close() async { await fetcher.close() }

  private func ask(
    _ method: FetchRequest.Method, _ path: String, _ query: [(String, String?)], _ body: [UInt8],
    whenLost: String
  ) async -> DaemonAnswer {
    switch await transfer(method, path, query, body) {
    case .failure(let failure): return .silence(complaint(failure, whenLost))
    case .answer(let answer): return read(answer)
    }
  }

  private func transfer(
    _ method: FetchRequest.Method, _ path: String, _ query: [(String, String?)], _ body: [UInt8]
  ) async -> FetchResult {
    let pairs = query.compactMap { name, value in
      value.map { "\(name)=\(PercentEncoding.encode($0))" }
    }
    let target = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    var request = FetchRequest(method, "http://localhost\(target)", body: body)
    request.unixSocket = socket
    request.allowsPlainHTTP = true
    request.maxAnswerOctets = Limits.answerOctets
    request.timeouts.totalMilliseconds = timeoutSeconds * 1000
    request.timeouts.silenceSeconds = timeoutSeconds
    return method == .get ? await fetcher.get(request) : await fetcher.push(request)
  }

  private func read(_ answer: FetchAnswer) -> DaemonAnswer {
    let limits = JSONLimits(octets: Limits.answerOctets, elements: Limits.answerElements)
    let texts = answer.body.split(separator: 0x0A)
    let lines = texts.compactMap { try? JSONReader.read(Array($0), limits: limits) }
    let isUnderstood = lines.count == texts.count && lines.allSatisfy { $0["v"]?.integer == 1 }
    if answer.status == 200 { return isUnderstood ? .lines(lines) : .silence(notUnderstood) }
    if isUnderstood, let last = lines.last {
      let exit = last["exit"]?.integer.flatMap { ExitCode(rawValue: Int32(clamping: $0)) }
      // A no never ends as if all were well.
      let refusal = exit == .done ? nil : exit
      return .problem(lines, refusal ?? ExitCode(httpStatus: answer.status))
    }
    return .silence(
      Complaint(
        exit: ExitCode(httpStatus: answer.status), code: "http-\(answer.status)",
        message: "the daemon refused the request with HTTP status \(answer.status)",
        hint: "is this referralctl of the daemon's version? see: referralctl --version"))
  }

  private var notUnderstood: Complaint {
    Complaint(
      exit: .failed, code: "answer-not-understood",
      message: "the answer on \(shownSocket) is not the gateway's",
      hint: "check --socket, and that referralctl and the daemon have the same version")
  }

  private func complaint(_ failure: FetchFailure, _ whenLost: String) -> Complaint {
    switch failure.kind {
    case .connect, .resolve: return unreachable()
    case .timeout:
      return Complaint(
        exit: .tryAgain, code: "timeout",
        message: "the daemon gave no answer within \(timeoutSeconds) s", hint: whenLost)
    case .reset, .aborted:
      return Complaint(
        exit: .tryAgain, code: "connection-lost",
        message: "the daemon ended the connection without an answer", hint: whenLost)
    case .tooLarge:
      return Complaint(
        exit: .failed, code: "answer-too-large", message: "the answer is too large",
        hint: "ask for less, with --limit, --since or --partner")
    case .tlsPeerRefused, .tlsVerify, .tlsPin, .tlsRevocation, .tlsOther, .addressRefused,
      .badFraming, .http2, .request, .other:
      return notUnderstood
    }
  }

  /// Tells a daemon that is down from a socket that is elsewhere or closed to the caller.
  private func unreachable() -> Complaint {
    let journal = "systemctl status referral-gateway; journalctl -u referral-gateway -n 50"
    do {
      // Opening tells the reasons apart: a socket itself never opens, ENXIO.
      _ = try Files.read(socket, limit: 0)
    } catch {
      let permissionDenied: Int32 = 13
      if error.systemCode == permissionDenied {
        return Complaint(
          exit: .denied, code: "permission-denied", message: "you may not use \(shownSocket)",
          hint: "the group referral-admin may; see your groups with: id")
      }
      if error.code == .notFound {
        return Complaint(
          exit: .tryAgain, code: "daemon-down", message: "there is no socket \(shownSocket)",
          hint: "is the daemon down? see: \(journal); does it listen elsewhere? give --socket or "
            + "REFERRAL_ADMIN_SOCKET what [admin] of gateway.toml says")
      }
    }
    return Complaint(
      exit: .tryAgain, code: "daemon-down", message: "nobody listens on \(shownSocket)",
      hint: "the daemon is down or starting; see: \(journal)")
  }

  private var shownSocket: String { Printable.text(socket, limitCharacters: 200) }
}
