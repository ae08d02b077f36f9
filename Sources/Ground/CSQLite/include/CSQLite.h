// SPDX-License-Identifier: Apache-2.0
#ifndef CSQLITE_H
#define CSQLITE_H
#include <sqlite3.h>
static inline sqlite3_destructor_type csqlite_transient(void) { return SQLITE_TRANSIENT; }
/* sqlite3_db_config is variadic. Defensive: no SQL writes the schema table or ends the journal. */
static inline int csqlite_defend(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}
/* Closing leaves the log as it is: after a failed write only a fresh process may recover. */
static inline int csqlite_leave_log(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/* A disk that fails on command (FaultyDisk.c); these have no body in a release build.
   Calls that change what is on the disk are counted from 1; 0 as a number means never. */
struct csqlite_faults {
  long dies_at;      /* the process is killed in the middle of this call ... */
  int stays;         /* ... or lives on with a disk on which every call fails */
  int loses;         /* what was not synced is not on the disk then */
  long fail_from, fail_to;   /* these calls fail with an I/O error */
  long full_from, full_to;   /* these writes find no space ... */
  const char *full_while;    /* ... and all, while this file exists; owned by the caller */
  unsigned long seed;        /* of the call and of what was not synced, this part is on the disk */
};
typedef struct csqlite_disk csqlite_disk;
/* Makes a VFS of this name over the standard one; NULL without memory. */
csqlite_disk *csqlite_disk_make(const char *name, const struct csqlite_faults *faults);
void csqlite_disk_free(csqlite_disk *disk);
long csqlite_disk_calls(csqlite_disk *disk);
/* Whether the file that says so is there. */
int csqlite_disk_is_full(const csqlite_disk *disk);
#endif
