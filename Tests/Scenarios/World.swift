/// A world for one scenario: a folder of its own, partners, the gateway; all gone at the end.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport

/// What a machine must have for these scenarios; without it they are reported as disabled.
enum Machine {
  static let python = PackageFolder.path + "/.venv/bin/python"
  static let nginx = "/usr/sbin/nginx"
  static let hasPython = FileManager.default.isExecutableFile(atPath: python)
  static let hasNginx = FileManager.default.isExecutableFile(atPath: nginx)

  /// From Debian's package faketime: another clock for one process.
  static let faketime = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  ].first { FileManager.default.fileExists(atPath: $0) }

  /// The environment of a program whose clock runs so many seconds ahead.
  static func clock(ahead seconds: Int) throws -> [String: String] {
    guard let faketime else { throw Stuck(description: "there is no libfaketime") }
    return ["LD_PRELOAD": faketime, "FAKETIME": "+\(seconds)s", "DONT_FAKE_MONOTONIC": "1"]
  }

  /// The environment of a program whose clock shows what a file says at any moment: "+0",
  /// "-7200", "@1970-01-01 00:00:01". The steady clocks go on.
  static func clock(in file: String) throws -> [String: String] {
    guard let faketime else { throw Stuck(description: "there is no libfaketime") }
    return [
      "LD_PRELOAD": faketime, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
      "DONT_FAKE_MONOTONIC": "1",
    ]
  }

  /// Whether this process may mount a file system: root, and not in every container.
  static let mounts: Bool = {
    let folder = "/tmp/referral-mount-" + UUID().uuidString.prefix(8).lowercased()
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    guard (try? run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder])) == 0
    else { return false }
    return (try? run("/bin/umount", [folder])) == 0
  }()

  /// A short command of the system; its exit status.
  static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Our programs stand beside the test bundle.
  static let programs = Bundle.main.bundleURL.path
}

/// Partners of the scenarios; but for the last they stand in the example register.
enum Identity: String, CaseIterable {
  case police = "politie-avim"
  case hub = "emm"
  case care = "comensha"
  /// Gets numbers and nothing else.
  case rapporteur = "nationaal-rapporteur"
  /// Sample keys alone: the new partner of docs/routing.md.
  case shelter = "opvang-noord"

  var code: String { rawValue }
  var urn: String {
    switch self {
    case .police: "urn:nld:oin:00000099000000010000"
    case .hub: "urn:nld:oin:00000099000000020000"
    case .care: "urn:nld:oin:00000099000000030000"
    case .rapporteur: "urn:nld:oin:00000099000000100000"
    case .shelter: "urn:nld:oin:00000099000000180000"
    }
  }
  var algorithm: String {
    switch self {
    case .hub, .rapporteur, .shelter: "ES256"
    case .police, .care: "PS256"
    }
  }
}

final class World {
  /// Short, because a unix socket's path is.
  let folder: String
  let pki: String
  private var programs: [Program] = []

  init() throws {
    folder = "/tmp/referral-" + UUID().uuidString.prefix(8).lowercased()
    pki = try DevelopmentPKI.folder()
    try FileManager.default.createDirectory(
      atPath: folder + "/etc", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/etc/pki", withDestinationPath: pki)
  }

  deinit {
    for program in programs {
      program.kill()
      // What libfaketime leaves behind when a program is replaced by another.
      for name in ["faketime_shm_", "sem.faketime_sem_"] {
        try? FileManager.default.removeItem(
          atPath: "/dev/shm/\(name)\(program.processIdentifier)")
      }
    }
    // SCENARIOS_KEEP leaves the folders for whoever looks into a failure.
    guard ProcessInfo.processInfo.environment["SCENARIOS_KEEP"] == nil else { return }
    try? FileManager.default.removeItem(atPath: folder)
  }

  func start(
    _ name: String, _ executable: String, _ arguments: [String],
    environment: [String: String] = [:]
  ) throws -> Program {
    let program = try Program(
      name, executable, arguments, environment: environment, log: "\(folder)/\(name).log")
    programs.append(program)
    return program
  }

  /// Runs a Python program to its end; what it printed, without the last line end.
  func python(_ name: String, _ arguments: [String]) async throws -> String {
    try? FileManager.default.removeItem(atPath: "\(folder)/\(name).log")
    let program = try start(name, Machine.python, ["-B"] + arguments)
    guard try await program.ended() == 0 else {
      throw Stuck(description: "\(name): \(program.log)")
    }
    return program.log.trimmingCharacters(in: .newlines)
  }

  func write(_ file: String, _ text: String) throws {
    try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
  }

  func read(_ file: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
  }

  /// Every file below a folder of this world.
  func files(below path: String) -> [(path: String, octets: [UInt8])] {
    let base = "\(folder)/\(path)"
    let names = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return names.sorted().compactMap { name in
      guard let data = FileManager.default.contents(atPath: "\(base)/\(name)") else { return nil }
      return (name, [UInt8](data))
    }
  }
}

/// The independent partner, a Python program.
final class IndependentPartner {
  let identity: Identity
  let port: Int
  let program: Program
  private let world: World
  private let state: String

  fileprivate init(_ identity: Identity, port: Int, program: Program, world: World) {
    self.identity = identity
    self.port = port
    self.program = program
    self.world = world
    state = identity.code
  }

  var endpoint: String { "https://127.0.0.1:\(port)/v1/referrals" }

  /// One line for each request, in order.
  func journal() -> [JSONValue] {
    let text = (try? world.read("\(state)/journal.jsonl")) ?? ""
    return text.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
  }

  /// Request octets as they came, body and all.
  func requests() -> [[UInt8]] {
    world.files(below: "\(state)-kept").filter { $0.path.hasSuffix(".request") }.map(\.octets)
  }

  /// Documents, offers, receipts and effects by business content.
  func report() async throws -> JSONValue {
    let text = try await world.python(
      "report-\(state)", [World.partnerProgram, "report", "\(world.folder)/\(state)"])
    return try JSONReader.read(Array(text.utf8))
  }
}

extension World {
  fileprivate static let partnerProgram =
    PackageFolder.path + "/Tests/Support/independent_partner.py"

  /// `plan`: one mode for each request, the last repeats; empty is honest.
  func partner(
    _ identity: Identity, plan: [JSONValue] = [], certificate: String? = nil,
    options: [String] = []
  ) async throws -> IndependentPartner {
    let code = identity.code
    try write(
      "\(code)-plan.json", String(decoding: JSONWriter.write(.array(plan)), as: UTF8.self))
    let server = certificate ?? "\(code)-server"
    let program = try start(
      code, Machine.python,
      [
        "-B", World.partnerProgram, "--certificate", "\(pki)/\(server)-chain.pem",
        "--key", "\(pki)/\(server).key", "--intermediates", "\(pki)/intermediates.pem",
        "--sign-certificate", "\(pki)/\(code)-sign.pem", "--sign-key", "\(pki)/\(code)-sign.key",
        "--algorithm", identity.algorithm, "--identity", identity.urn,
        "--recipient", "urn:nld:oin:00000099000000001000", "--state", "\(folder)/\(code)",
        "--keep", "\(folder)/\(code)-kept", "--plan", "\(folder)/\(code)-plan.json",
        "--signer", "expired=\(pki)/expired-sign.pem:\(pki)/expired-sign.key",
        "--signer", "revoked=\(pki)/revoked-sign.pem:\(pki)/revoked-sign.key",
        "--signer", "rogue=\(pki)/rogue-sign.pem:\(pki)/rogue-sign.key",
        "--signer", "issuer=\(pki)/ca/services.pem:\(pki)/ca/services.key",
        "--signer", "other-partner=\(pki)/comensha-sign.pem:\(pki)/comensha-sign.key",
      ] + (options.contains("--client-anchors") ? [] : ["--client-anchors", "\(pki)/anchors.pem"])
        + options)
    let port = try await listeningPort(program)
    return IndependentPartner(identity, port: port, program: program, world: self)
  }

  /// Python programs print `listening PORT` when they do.
  func listeningPort(_ program: Program) async throws -> Int {
    try await eventually("\(program.name) listens") { () throws -> Int? in
      guard program.isRunning else {
        throw Stuck(description: "\(program.name): \(program.log)")
      }
      return program.log.split(separator: "\n").last { $0.hasPrefix("listening ") }
        .flatMap { Int($0.dropFirst("listening ".count)) }
    }
  }
}

/// JSON for messages of failed tests.
func text(_ value: JSONValue) -> String { String(decoding: JSONWriter.write(value), as: UTF8.self) }
func text(_ values: [JSONValue]) -> String { text(.array(values)) }
