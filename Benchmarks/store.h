/* The durable record of the reference: WAL, synchronous=FULL, pages and checkpoints as the gateway.
   SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCHMARKS_STORE_H
#define BENCHMARKS_STORE_H
#include <stddef.h>

struct store;
struct store *store_open(const char *path);
void store_begin(struct store *store);
void store_record(struct store *, const char *id, const char *jws, const void *body, size_t count);
void store_receipt(struct store *, const char *id, const char *jws, const void *body, size_t count);
/* Durable when it returns. */
void store_commit(struct store *store);
void store_close(struct store *store);
#endif
