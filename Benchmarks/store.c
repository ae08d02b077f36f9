/* Two tables and three statements.
   SPDX-License-Identifier: Apache-2.0 */
#include "store.h"
#include "signature.h"

#include <sqlite3.h>
#include <stdlib.h>

struct store {
  sqlite3 *database;
  sqlite3_stmt *begin, *record, *receipt, *commit;
};

static const char settings[] =
  "PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=16384; PRAGMA journal_mode=WAL;"
  "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=100;"
  "CREATE TABLE record(row INTEGER PRIMARY KEY, id TEXT UNIQUE, jws TEXT, body BLOB) STRICT;"
  "CREATE TABLE receipt(row INTEGER PRIMARY KEY, id TEXT UNIQUE, jws TEXT, body BLOB) STRICT;";

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL)
      != SQLITE_OK)
    die("%s", sqlite3_errmsg(database));
  return statement;
}

struct store *store_open(const char *path) {
  struct store *store = calloc(1, sizeof *store);
  if (store == NULL || sqlite3_open(path, &store->database) != SQLITE_OK
      || sqlite3_exec(store->database, settings, NULL, NULL, NULL) != SQLITE_OK)
    die("%s: not a new store", path);
  store->begin = prepare(store->database, "BEGIN IMMEDIATE");
  store->record = prepare(store->database, "INSERT INTO record(id, jws, body) VALUES(?, ?, ?)");
  store->receipt = prepare(store->database, "INSERT INTO receipt(id, jws, body) VALUES(?, ?, ?)");
  store->commit = prepare(store->database, "COMMIT");
  return store;
}

static void run(struct store *store, sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) die("%s", sqlite3_errmsg(store->database));
  sqlite3_reset(statement);
}

static void insert(struct store *store, sqlite3_stmt *statement, const char *id, const char *jws,
                   const void *body, size_t count) {
  sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, jws, -1, SQLITE_STATIC);
  sqlite3_bind_blob(statement, 3, body, (int)count, SQLITE_STATIC);
  run(store, statement);
}

void store_begin(struct store *store) { run(store, store->begin); }
void store_commit(struct store *store) { run(store, store->commit); }

void store_record(struct store *store, const char *id, const char *jws, const void *body,
                  size_t count) {
  insert(store, store->record, id, jws, body, count);
}

void store_receipt(struct store *store, const char *id, const char *jws, const void *body,
                   size_t count) {
  insert(store, store->receipt, id, jws, body, count);
}

void store_close(struct store *store) {
  sqlite3_finalize(store->begin);
  sqlite3_finalize(store->record);
  sqlite3_finalize(store->receipt);
  sqlite3_finalize(store->commit);
  sqlite3_close(store->database);
  free(store);
}
