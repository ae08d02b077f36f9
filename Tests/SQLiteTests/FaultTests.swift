/// The store on a disk that fails at every single call: what was said to be kept is kept.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import SQLite
import Testing

#if DEBUG
  private let schema = [
    """
    CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BLOB) STRICT;
    CREATE TABLE twin (name TEXT NOT NULL) STRICT;
    """
  ]
  private let ours: Int32 = 0x5247_5732

  /// What one life of a store left behind.
  private struct Life {
    /// Changes whose writer was told that they are durable.
    var kept: Set<String> = []
    var refused: [String: StoreError.Code] = [:]
    var opened = false
    var reports: [StoreError] = []
    var largestGroup = 0
    var calls = 0
  }

  private struct Found {
    var items: Set<String> = []
    var isWhole = true
  }

  private final class Disk {
    let folder: String
    var file: String { folder + "/store.db" }

    /// In memory where there is such a place: thousands of stores are made.
    init() throws {
      let memory = "/dev/shm/"
      let isThere = FileManager.default.isWritableFile(atPath: memory)
      folder = (isThere ? memory : NSTemporaryDirectory()) + "faults-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Eight writers at a time, so that commits are shared, a checkpoint, and an orderly end.
    func live(_ faults: DiskFaults, rounds: Int = 3) async -> Life {
      let disk = FaultyDisk.install(faults, at: file)
      defer { disk.remove() }
      var life = Life()
      let reports = Locked<[StoreError]>([])
      if let store = try? await open(file, { error in reports.withLock { $0.append(error) } }) {
        life.opened = true
        for round in 0..<rounds {
          for (name, code) in await write(round, to: store) {
            if let code { life.refused[name] = code } else { life.kept.insert(name) }
          }
        }
        try? await store.checkpoint(truncate: false)
        life.largestGroup = store.statistics.largestGroup
        await store.close()
      }
      life.reports = reports.withLock { $0 }
      life.calls = disk.calls
      return life
    }

    private func write(_ round: Int, to store: Store) async -> [(String, StoreError.Code?)] {
      await withTaskGroup(of: (String, StoreError.Code?).self) { group in
        for writer in 0..<8 {
          group.addTask {
            let name = "round \(round) writer \(writer)"
            do throws(StoreError) {
              try await insert(name, into: store)
              return (name, nil)
            } catch { return (name, error.code) }
          }
        }
        var all: [(String, StoreError.Code?)] = []
        for await one in group { all.append(one) }
        return all
      }
    }

    /// The file as a machine finds it that starts again.
    func lookAgain() async throws -> Found {
      let store = try await open(file) { Issue.record("the store broke: \($0)") }
      let found = try await store.read { (now) throws(StoreError) in
        let items = try now.rows("SELECT name FROM item").map { (row) throws(StoreError) in
          try row.text(0)
        }
        let twins = try now.rows("SELECT name FROM twin").map { (row) throws(StoreError) in
          try row.text(0)
        }
        let check = try now.rows("PRAGMA integrity_check").map { (row) throws(StoreError) in
          try row.text(0)
        }
        return Found(
          items: Set(items), isWhole: items.sorted() == twins.sorted() && check == ["ok"])
      }
      await store.close()
      return found
    }
  }

  /// Opening waits for the disk: it keeps off the few threads that all tests share.
  private func open(_ file: String, _ onBroken: @escaping @Sendable (StoreError) -> Void)
    async throws -> Store
  {
    let result: Result<Store, StoreError> = await withCheckedContinuation { opened in
      Thread.detachNewThread {
        do throws(StoreError) {
          let store = try Store(
            path: file, applicationID: ours, migrations: schema, onBroken: onBroken)
          opened.resume(returning: .success(store))
        } catch {
          opened.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  private func insert(_ name: String, into store: Store) async throws(StoreError) {
    let body = [UInt8](repeating: 7, count: 9_000)
    try await store.write { (change) throws(StoreError) in
      try change.run("INSERT INTO item (name, body) VALUES (?, ?)", .text(name), .blob(body))
      try change.run("INSERT INTO twin VALUES (?)", .text(name))
    }
  }

  /// Runs with a fault at call 1, 2, 3 and so on, until three lives in a row had none.
  private func atEveryCall(
    _ faults: (Int) -> DiskFaults, _ look: (Int, Life, Disk) async throws -> Void
  ) async throws -> Int {
    var withoutFault = 0
    var call = 0
    while withoutFault < 3 {
      call += 1
      let disk = try Disk()
      let life = await disk.live(faults(call))
      withoutFault = life.calls < call ? withoutFault + 1 : 0
      try await look(call, life, disk)
    }
    return call
  }

  private func powerCut(at call: Int, seed: Int) -> DiskFaults {
    var faults = DiskFaults()
    faults.diesAt = call
    faults.stays = true
    faults.loses = true
    faults.seed = seed
    return faults
  }

  @Suite(.serialized) struct Faults {
    /// Seed 0: nothing that was not synced is there. Others: an arbitrary part of it.
    @Test(arguments: [0, 1, 2])
    func `a power cut at any call loses nothing that was kept, and no half of a change`(_ seed: Int)
      async throws
    {
      var largestGroup = 0
      let calls = try await atEveryCall({ powerCut(at: $0, seed: seed == 0 ? 0 : $0 * 31 + seed) })
      {
        call, life, disk in
        let found = try await disk.lookAgain()
        let lost = life.kept.subtracting(found.items)
        #expect(lost.isEmpty && found.isWhole, "call \(call): \(lost.sorted())")
        largestGroup = max(largestGroup, life.largestGroup)
      }
      #expect(calls > 60, "there was little to die of")
      #expect(largestGroup > 1, "no commit was shared")
    }

    /// The tests above must be able to fail.
    @Test func `sees a power cut lose what was kept with synchronous=NORMAL`() async throws {
      var lost = 0
      _ = try await atEveryCall({
        var faults = powerCut(at: $0, seed: 0)
        faults.plantsNormal = true
        return faults
      }) { _, life, disk in
        lost += life.kept.subtracting(try await disk.lookAgain().items).count
      }
      #expect(lost > 0)
    }

    @Test func `an I/O error at any call ends the store, and nothing is kept falsely`()
      async throws
    {
      var endings = 0
      _ = try await atEveryCall({
        var faults = DiskFaults()
        faults.fails = $0...$0
        faults.loses = true
        return faults
      }) { call, life, disk in
        #expect(life.reports.count <= 1, "call \(call)")
        #expect(life.reports.allSatisfy { $0.code == .ioError }, "call \(call)")
        #expect(life.refused.isEmpty || !life.reports.isEmpty, "call \(call)")
        endings += life.reports.isEmpty && life.opened ? 0 : 1
        let found = try await disk.lookAgain()
        let lost = life.kept.subtracting(found.items)
        #expect(lost.isEmpty && found.isWhole, "call \(call): \(lost.sorted())")
      }
      #expect(endings > 40, "few errors ended anything")
    }

    @Test(arguments: [1, 8])
    func `a disk that is full at any call refuses, and goes on when there is room`(_ length: Int)
      async throws
    {
      var refusals = 0
      _ = try await atEveryCall({
        var faults = DiskFaults()
        faults.isFull = $0...($0 + length - 1)
        return faults
      }) { call, life, disk in
        refusals += life.refused.count
        #expect(life.reports.isEmpty, "call \(call): \(life.reports)")
        #expect(life.refused.values.allSatisfy { $0 == .full }, "call \(call): \(life.refused)")
        let found = try await disk.lookAgain()
        #expect(found.items == life.kept && found.isWhole, "call \(call)")
      }
      #expect(refusals > 0, "nothing was refused")
    }

    @Test func `a reserve is given up once and taken again when there is room`() throws {
      let disk = try Disk()
      let trigger = disk.folder + "/full"
      var faults = DiskFaults()
      faults.fullWhile = trigger
      let faulty = FaultyDisk.install(faults, at: disk.file)
      defer { faulty.remove() }
      let path = disk.folder + "/reserve"
      let reserve = Reserve(path: path, octets: 100_000, beside: disk.file)
      #expect(reserve.isHeld)
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      #expect(size == 100_000)
      #expect(reserve.release() && !reserve.isHeld && !reserve.release())
      #expect(!FileManager.default.fileExists(atPath: path))
      #expect(FileManager.default.createFile(atPath: trigger, contents: nil))
      reserve.regain()
      #expect(!reserve.isHeld, "there is no room")
      try FileManager.default.removeItem(atPath: trigger)
      reserve.regain()
      #expect(reserve.isHeld)
    }

    /// A release build holds no disk that fails: the file compiles to nothing there.
    @Test func `the faulty disk is not in a release build`() throws {
      let source = #filePath.components(separatedBy: "/Tests/")[0] + "/Sources/Ground/CSQLite"
      let disk = try Disk()
      func symbols(_ options: [String]) throws -> String {
        let object = disk.folder + "/disk.o"
        _ = try output(
          "clang",
          options + ["-c", source + "/FaultyDisk.c", "-I", source + "/include", "-o", object])
        return try output("nm", [object])
      }
      #expect(try symbols(["-DDEBUG=1"]).contains("csqlite_disk_make"))
      #expect(try symbols([]) == "")
    }

    private func output(_ program: String, _ arguments: [String]) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [program] + arguments
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      return String(decoding: data, as: UTF8.self)
    }
  }
#endif
