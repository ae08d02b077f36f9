/// The partner's tables: documents with their receipts, and what they effected.
// SPDX-License-Identifier: Apache-2.0

enum ReceptionSchema {
  /// "RGRP" in ASCII.
  static let applicationID: Int32 = 0x5247_5250

  /// Each a transaction; never changed once released.
  static let migrations = [
    """
    CREATE TABLE received (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      referral_id TEXT NOT NULL,
      revision INTEGER NOT NULL,
      operation TEXT NOT NULL,
      exercise INTEGER NOT NULL,
      received_at INTEGER NOT NULL, -- milliseconds since 1970
      digest BLOB NOT NULL,
      signature_digest BLOB NOT NULL,
      header_name TEXT NOT NULL,
      signature TEXT NOT NULL,
      certificate BLOB NOT NULL,
      octets BLOB, -- NULL once withdrawn
      receipt BLOB NOT NULL,
      receipt_header_name TEXT NOT NULL,
      receipt_signature TEXT NOT NULL,
      replaces TEXT, -- id of the document that a reissue stands for
      repeats INTEGER NOT NULL DEFAULT 0,
      UNIQUE (sender, id)
    ) STRICT;
    CREATE INDEX received_by_referral ON received (sender, referral_id, revision);
    -- A row for each time that a document changed what the partner knows; a second one for the
    -- same revision would be a mistake, which is why it is counted and not derived.
    CREATE TABLE effect (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      referral_id TEXT NOT NULL,
      revision INTEGER NOT NULL,
      document_id TEXT NOT NULL,
      effect_key BLOB NOT NULL
    ) STRICT;
    """,
    // What was said about documents after the receipt: signed once, brought until it is taken.
    """
    CREATE TABLE said (
      number INTEGER PRIMARY KEY,
      document_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      id TEXT NOT NULL UNIQUE,
      said_at INTEGER NOT NULL,
      octets BLOB NOT NULL,
      header_name TEXT NOT NULL,
      signature TEXT NOT NULL,
      state TEXT NOT NULL, -- waiting, taken, refused
      attempts INTEGER NOT NULL DEFAULT 0,
      next_at INTEGER NOT NULL,
      status INTEGER,
      problem TEXT
    ) STRICT;
    CREATE INDEX said_waiting ON said (next_at) WHERE state = 'waiting';
    CREATE INDEX said_about ON said (document_id, kind);
    """,
    // The files that documents name, and how far each has come.
    """
    CREATE TABLE attachment (
      number INTEGER PRIMARY KEY,
      document_id TEXT NOT NULL,
      place INTEGER NOT NULL, -- index in data.attachments
      id TEXT NOT NULL,
      size INTEGER NOT NULL,
      sha256 BLOB NOT NULL,
      state TEXT NOT NULL, -- waiting, kept, unreadable, missing, erased
      is_here INTEGER NOT NULL DEFAULT 0, -- its file stands in the folder
      attempts INTEGER NOT NULL DEFAULT 0,
      mismatches INTEGER NOT NULL DEFAULT 0,
      next_at INTEGER NOT NULL,
      status INTEGER,
      problem TEXT,
      UNIQUE (document_id, place)
    ) STRICT;
    CREATE INDEX attachment_waiting ON attachment (next_at) WHERE state = 'waiting';
    CREATE INDEX attachment_to_erase ON attachment (number) WHERE state = 'erased' AND is_here = 1;
    """,
  ]
}
