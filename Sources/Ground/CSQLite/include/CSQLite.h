// SPDX-License-Identifier: Apache-2.0
#ifndef CSQLITE_H
#define CSQLITE_H
#include <sqlite3.h>
static inline sqlite3_destructor_type csqlite_transient(void) { return SQLITE_TRANSIENT; }
static inline sqlite3_destructor_type csqlite_static(void) { return SQLITE_STATIC; }
#endif
