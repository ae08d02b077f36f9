/// The tables of the durable record: narrow hot rows, sealed bodies apart (docs/decisions/0005).
// SPDX-License-Identifier: Apache-2.0

enum OutboxSchema {
  /// "RGWO", the mark of our files.
  static let applicationID: Int32 = 0x5247_574F

  static let migrations = [
    """
    CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE submission(
      row INTEGER PRIMARY KEY, referral BLOB NOT NULL, revision INTEGER NOT NULL,
      digest BLOB NOT NULL, operation TEXT NOT NULL, kind TEXT NOT NULL,
      submitted_by TEXT NOT NULL, accepted_at INTEGER NOT NULL,
      wrapped_key BLOB, sealed BLOB,
      UNIQUE(referral, revision)) STRICT;
    CREATE TABLE delivery(
      row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, referral BLOB NOT NULL,
      revision INTEGER NOT NULL, partner TEXT NOT NULL, conversation BLOB NOT NULL,
      causation BLOB, kind TEXT NOT NULL, operation TEXT NOT NULL, detail_level TEXT NOT NULL,
      priority TEXT NOT NULL, schema_version TEXT NOT NULL, exercise INTEGER NOT NULL,
      payload_digest BLOB NOT NULL, signature_digest BLOB NOT NULL, policy_digest BLOB NOT NULL,
      partner_digest BLOB NOT NULL, schema_digest BLOB NOT NULL, rule_ids TEXT NOT NULL,
      legal_basis TEXT NOT NULL, issued_at INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
      expires INTEGER NOT NULL, answer_deadline INTEGER NOT NULL, state TEXT NOT NULL,
      reason TEXT, next_at INTEGER NOT NULL, attempts INTEGER NOT NULL, epoch INTEGER NOT NULL,
      unverified INTEGER NOT NULL, refused_unsigned INTEGER NOT NULL,
      superseded INTEGER NOT NULL, alarmed INTEGER NOT NULL DEFAULT 0,
      answer TEXT NOT NULL, answer_signed_at INTEGER,
      delivered_at INTEGER, receipt BLOB, log_index INTEGER) STRICT;
    CREATE UNIQUE INDEX delivery_once
      ON delivery(referral, partner, revision, coalesce(causation, x''));
    CREATE INDEX delivery_due ON delivery(partner, next_at) WHERE state IN ('QUEUED','DEFERRED');
    CREATE INDEX delivery_danger ON delivery(partner, next_at)
      WHERE priority = 'immediate-danger' AND state IN ('QUEUED','DEFERRED');
    CREATE INDEX delivery_sending ON delivery(row) WHERE state = 'SENDING';
    CREATE INDEX delivery_awaiting ON delivery(next_at) WHERE state = 'AWAITING';
    CREATE INDEX delivery_expires ON delivery(expires)
      WHERE state IN ('QUEUED','DEFERRED','AWAITING','HELD');
    CREATE INDEX delivery_without_receipt ON delivery(answer_deadline)
      WHERE alarmed = 0 AND state IN ('QUEUED','SENDING','DEFERRED','AWAITING','HELD');
    CREATE INDEX delivery_oldest ON delivery(accepted_at)
      WHERE state IN ('QUEUED','DEFERRED');
    CREATE INDEX delivery_partner ON delivery(partner, row);
    CREATE TABLE body(
      row INTEGER PRIMARY KEY REFERENCES delivery(row), wrapped_key BLOB NOT NULL,
      sealed BLOB NOT NULL) STRICT;
    CREATE TABLE attempt(
      row INTEGER PRIMARY KEY, delivery INTEGER NOT NULL REFERENCES delivery(row),
      number INTEGER NOT NULL, begun_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT,
      late INTEGER NOT NULL DEFAULT 0, status INTEGER, error TEXT, peer TEXT, tls TEXT,
      answer_digest BLOB, wrapped_key BLOB, sealed BLOB, trigger TEXT NOT NULL,
      actor TEXT NOT NULL, UNIQUE(delivery, number)) STRICT;
    CREATE TABLE acknowledgement(
      row INTEGER PRIMARY KEY, delivery INTEGER NOT NULL REFERENCES delivery(row),
      partner TEXT NOT NULL, id BLOB, kind TEXT, digest BLOB NOT NULL, verdict TEXT NOT NULL,
      step INTEGER, received_at INTEGER NOT NULL, signed_at INTEGER, report TEXT NOT NULL,
      wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
    CREATE UNIQUE INDEX acknowledgement_once ON acknowledgement(partner, id)
      WHERE verdict = 'verified';
    CREATE INDEX acknowledgement_of ON acknowledgement(delivery);
    CREATE TABLE partner_state(
      partner TEXT PRIMARY KEY, cause TEXT, until INTEGER, last_receipt INTEGER,
      wrapped_key BLOB NOT NULL, sealed_alias_key BLOB NOT NULL) STRICT;
    CREATE TABLE counter(
      partner TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL,
      PRIMARY KEY(partner, state)) STRICT, WITHOUT ROWID;
    CREATE TABLE audit(
      row INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
      subject TEXT NOT NULL, wrapped_key BLOB, sealed_reason BLOB) STRICT;
    CREATE TRIGGER delivery_counted AFTER INSERT ON delivery BEGIN
      INSERT INTO counter VALUES(new.partner, new.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
    END;
    CREATE TRIGGER delivery_moved AFTER UPDATE OF state ON delivery
      WHEN new.state <> old.state BEGIN
      UPDATE counter SET n = n - 1 WHERE partner = old.partner AND state = old.state;
      INSERT INTO counter VALUES(new.partner, new.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
    END;
    CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER audit_same BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
    """,
    caseEventTables,
    // What operators order: jobs over many deliveries, and what they have settled.
    """
    ALTER TABLE delivery ADD COLUMN settled_at INTEGER;
    ALTER TABLE partner_state ADD COLUMN since INTEGER;
    CREATE INDEX delivery_attention ON delivery(row)
      WHERE state IN ('HELD','DEAD','EXPIRED') OR answer = 'rejected';
    CREATE INDEX delivery_overdue ON delivery(row)
      WHERE alarmed = 1 AND state IN ('QUEUED','SENDING','DEFERRED','AWAITING','HELD');
    CREATE TABLE job(
      row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, action TEXT NOT NULL,
      filter TEXT NOT NULL, actor TEXT NOT NULL, made_at INTEGER NOT NULL, ended_at INTEGER,
      state TEXT NOT NULL, rate INTEGER NOT NULL, total INTEGER NOT NULL,
      done INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0,
      wrapped_key BLOB, sealed_reason BLOB) STRICT;
    CREATE INDEX job_running ON job(row) WHERE state = 'RUNNING';
    CREATE TABLE job_item(
      job INTEGER NOT NULL REFERENCES job(row), delivery INTEGER NOT NULL REFERENCES delivery(row),
      partner TEXT NOT NULL, result TEXT, at INTEGER,
      PRIMARY KEY(job, delivery)) STRICT, WITHOUT ROWID;
    CREATE INDEX job_item_open ON job_item(job, partner, delivery) WHERE result IS NULL;
    """,
    // Documents in an older schema version: what they could not say, and which came in their place.
    """
    ALTER TABLE delivery ADD COLUMN losses TEXT NOT NULL DEFAULT '';
    CREATE INDEX delivery_caused ON delivery(causation) WHERE causation IS NOT NULL;
    """,
    strayTable,
    // Which routes chose whom, and who gets nothing by which rule.
    """
    ALTER TABLE submission ADD COLUMN chosen TEXT;
    ALTER TABLE submission ADD COLUMN not_sent TEXT;
    """,
    changeColumns,
    fileTables,
    changeEvents,
    batchTables,
  ]
}
