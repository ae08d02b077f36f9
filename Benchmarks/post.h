/* Requests over kept-alive mutual TLS, many at once on one thread.
   SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCHMARKS_POST_H
#define BENCHMARKS_POST_H
#include "signature.h"

#include <stddef.h>

enum { POST_SLOTS = 1024, POST_BODY = 16384, POST_ANSWER = 8192 };

/* One request and its answer; a slot is used again and again. */
struct exchange {
  char id[48], digest[DIGEST_TEXT], jws[JWS_OCTETS], body[POST_BODY];
  size_t body_count;
  long begun_us;
  long status;
  char answer_digest[64], answer_jws[JWS_OCTETS], answer[POST_ANSWER + 1];
  size_t answer_count;
  void *easy, *fields;
};

struct post;
struct post *post_open(const char *url, const char *client_chain, const char *client_key,
                       const char *anchors, long window);
/* A free slot, or NULL. */
struct exchange *post_take(struct post *post);
void post_free(struct post *post, struct exchange *exchange);
void post_start(struct post *post, struct exchange *exchange);
/* Waits until something has ended, if anything runs; returns how many stand in `ended`. */
long post_wait(struct post *post, struct exchange *ended[POST_SLOTS]);
void post_close(struct post *post);
#endif
