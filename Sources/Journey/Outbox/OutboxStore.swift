/// The durable record of what was accepted, tried and answered; one transaction for each step.
// SPDX-License-Identifier: Apache-2.0
package import Digest
import Platform
package import Seal
import SQLite

/// Opens the file and hands out its parts; the steps stand in the extensions beside this file.
package final class OutboxStore: Sendable {
  /// Of the tables; a store that a later version has changed is refused.
  package static var schemaVersion: Int { OutboxSchema.migrations.count }

  let store: Store
  let key: StoreKey
  let reserve: Reserve
  /// Those that were asked for; they never change.
  private let aliasKeys = Locked<[String: PseudonymKey]>([:])

  /// - Parameters:
  ///   - folder: made with mode 0700 when missing.
  ///   - profile: written into a new store; a store of another profile is refused.
  ///   - reserveOctets: room kept free for recording.
  ///   - onBroken: called once when an I/O error ends the store's life.
  package init(
    folder: String, profile: String, key: StoreKey,
    reserveOctets: Int = OutboxLimits.reserveOctets,
    onBroken: @escaping @Sendable (OutboxError) -> Void
  ) async throws(OutboxError) {
    do {
      try Files.makeFolder(folder)
    } catch {
      throw OutboxError(.broken, "folder: \(error.reason)")
    }
    self.key = key
    let path = folder + "/outbox.db"
    reserve = Reserve(path: folder + "/reserve", octets: reserveOctets, beside: path)
    do {
      store = try Store(
        path: path, applicationID: OutboxSchema.applicationID,
        migrations: OutboxSchema.migrations, onBroken: { onBroken(OutboxError($0)) })
    } catch {
      throw OutboxError(error)
    }
    let known = try await write { (change) throws(StoreError) in
      try change.run("INSERT OR IGNORE INTO setting VALUES('profile', ?)", .text(profile))
      return try change.row("SELECT value FROM setting WHERE name = 'profile'")?.text(0)
    }
    guard known == profile else {
      await store.close()
      throw OutboxError(.otherProfile, "this store was made in the profile \(known ?? "-")")
    }
  }

  package func close() async { await store.close() }

  /// Whether there is room for new work besides the recording of what is under way.
  package var isAccepting: Bool { reserve.isHeld }

  /// To be tried now and then while nothing is accepted.
  package func regainRoom() { reserve.regain() }

  /// The HMAC key of a partner's aliases: made when first asked for, never changed.
  /// `fresh`: 32 random octets for a partner seen for the first time.
  package func aliasKey(of partner: String, fresh: [UInt8]) async throws(OutboxError)
    -> PseudonymKey
  {
    if let known = aliasKeys.withLock({ $0[partner] }) { return known }
    let place = SealPlace(record: "alias-key", id: partner, partner: partner, schemaVersion: "-")
    let sealed = try sealing { () throws(SealError) in try seal(fresh, at: place, with: key) }
    let stored = try await write { (change) throws(StoreError) in
      try change.run(
        """
        INSERT OR IGNORE INTO partner_state(partner, wrapped_key, sealed_alias_key)
        VALUES(?, ?, ?)
        """, .text(partner), .blob(sealed.wrappedKey), .blob(sealed.octets))
      guard
        let row = try change.row(
          "SELECT wrapped_key, sealed_alias_key FROM partner_state WHERE partner = ?",
          .text(partner))
      else { throw StoreError(.other, place: "alias key") }
      return Sealed(wrappedKey: try row.blob(0), octets: try row.blob(1))
    }
    let opened = try sealing { () throws(SealError) in
      try unseal(stored, at: place, with: key)
    }
    let made = PseudonymKey(octets: opened.octets)
    aliasKeys.withLock { $0[partner] = made }
    return made
  }

  /// Records what happened; on a full disk in the room that is kept for it.
  @discardableResult
  func write<R: Sendable>(
    _ change: @escaping @Sendable (borrowing Transaction) throws(StoreError) -> R
  ) async throws(OutboxError) -> R {
    do {
      return try await store.write(change)
    } catch {
      guard error.code == .full, reserve.release() else { throw OutboxError(error) }
    }
    do {
      return try await store.write(change)
    } catch {
      throw OutboxError(error)
    }
  }

  /// Takes in what is new; that is refused as soon as the disk is full.
  func add<R: Sendable>(
    _ change: @escaping @Sendable (borrowing Transaction) throws(StoreError) -> R
  ) async throws(OutboxError) -> R {
    guard reserve.isHeld else { throw OutboxError(.full, "reserve") }
    do {
      return try await store.write(change)
    } catch {
      if error.code == .full { _ = reserve.release() }
      throw OutboxError(error)
    }
  }

  func read<R: Sendable>(
    _ body: @escaping @Sendable (borrowing Reading) throws(StoreError) -> R
  ) async throws(OutboxError) -> R {
    do {
      return try await store.read(body)
    } catch {
      throw OutboxError(error)
    }
  }

  func sealing<R>(_ body: () throws(SealError) -> R) throws(OutboxError) -> R {
    do {
      return try body()
    } catch {
      throw OutboxError(.sealed, error.place)
    }
  }
}
