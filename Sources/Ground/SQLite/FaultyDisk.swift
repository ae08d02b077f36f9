/// A disk that fails on command, so that tests see what a store makes of it; debug builds only.
// SPDX-License-Identifier: Apache-2.0
import CSQLite
import Glibc
import Platform

#if DEBUG
  /// What goes wrong, by the number of the call that changes the disk (FaultyDisk.c); 0 is never.
  package struct DiskFaults: Sendable, Equatable {
    /// Here the process is killed, or lives on with a dead disk when `stays`.
    package var diesAt = 0
    package var stays = false
    /// What was not synced is not on the disk then: a power cut.
    package var loses = false
    /// Other than 0: by this seed some of it is there all the same.
    package var seed = 0
    /// These calls fail with an I/O error.
    package var fails = 0...0
    /// These writes find no space.
    package var isFull = 0...0
    /// No write finds space while this file exists.
    package var fullWhile: String?
    /// Takes back what makes commits durable; a test of power cuts must find out.
    package var plantsNormal = false

    package init() {}

    /// Words such as "dies-at=17 loses seed=3"; unknown ones end the program.
    init(_ text: String) {
      for word in text.split(separator: " ") {
        let parts = word.split(separator: "=", maxSplits: 1)
        let value = parts.count > 1 ? String(parts[1]) : ""
        let ends = value.split(separator: "-").compactMap { Int($0) }
        let range = (ends.first ?? 0)...(ends.last ?? 0)
        switch parts[0] {
        case "dies-at": diesAt = range.lowerBound
        case "loses": loses = true
        case "seed": seed = range.lowerBound
        case "fails": fails = range
        case "full": isFull = range
        case "full-while": fullWhile = value
        case "normal": plantsNormal = true
        default: preconditionFailure("REFERRAL_DISK_FAULTS: \(word)")
        }
      }
    }
  }

  /// In force for the stores that are opened at its path, until `remove`.
  package final class FaultyDisk: @unchecked Sendable {
    // SAFETY: `disk` is C memory whose counter is atomic; the rest is not changed after `init`.
    let faults: DiskFaults
    let name: String
    private let disk: OpaquePointer
    private let path: String
    private let fullWhile: UnsafeMutablePointer<CChar>?

    private struct Known {
      var disks: [String: FaultyDisk] = [:]
      var made = 0
    }
    private static let known = Locked(Known())

    /// The environment variable REFERRAL_DISK_FAULTS, for every store of the process.
    private static let ofEnvironment = Standard.variable("REFERRAL_DISK_FAULTS").map {
      FaultyDisk(DiskFaults($0), path: "")
    }

    private init(_ faults: DiskFaults, path: String) {
      self.faults = faults
      self.path = path
      name = FaultyDisk.known.withLock { known in
        known.made += 1
        return "faulty-\(known.made)"
      }
      fullWhile = faults.fullWhile.flatMap { strdup($0) }
      var plan = csqlite_faults()
      plan.dies_at = faults.diesAt
      plan.stays = faults.stays ? 1 : 0
      plan.loses = faults.loses ? 1 : 0
      plan.seed = UInt(bitPattern: faults.seed)
      (plan.fail_from, plan.fail_to) = (faults.fails.lowerBound, faults.fails.upperBound)
      (plan.full_from, plan.full_to) = (faults.isFull.lowerBound, faults.isFull.upperBound)
      plan.full_while = UnsafePointer(fullWhile)
      guard let disk = csqlite_disk_make(name, &plan) else { preconditionFailure("no memory") }
      self.disk = disk
    }

    package static func install(_ faults: DiskFaults, at path: String) -> FaultyDisk {
      let disk = FaultyDisk(faults, path: path)
      known.withLock { $0.disks[path] = disk }
      return disk
    }

    /// The next opener finds the disk as it is. Every store on it must be closed.
    package func remove() {
      FaultyDisk.known.withLock { $0.disks[path] = nil }
    }

    deinit {
      csqlite_disk_free(disk)
      free(fullWhile)
    }

    static func at(_ path: String) -> FaultyDisk? {
      known.withLock { $0.disks[path] } ?? ofEnvironment
    }

    /// Calls that changed the disk so far, the one at which it died among them.
    package var calls: Int { csqlite_disk_calls(disk) }
    var isFull: Bool { csqlite_disk_is_full(disk) != 0 }
  }
#endif
