/* The yardstick: a plain C program that delivers referrals as one process with no layers.
   For each: validate the JSON, SHA-256, sign, durable record (WAL, FULL, group commit), POST over
   kept-alive mutual TLS, verify the signed receipt, durable receipt. It does no more than that:
   no schema, no disclosure, no encryption at rest, no revocation, one pinned partner key.
   Usage: reference STORE URL REFERRAL COUNT WINDOW SIGN_CERT SIGN_KEY CLIENT_CHAIN CLIENT_KEY
                    ANCHORS PARTNER_CERT
   Prints one line of JSON: what the deliveries cost this process.
   SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "post.h"
#include "signature.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ID_TEXT = 36 };

static const char *const required[] = { "recipients", "referral", NULL };

static long now_us(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int ascending(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return (x > y) - (x < y);
}

static char *read_file(const char *path, size_t *count) {
  FILE *file = fopen(path, "r");
  char *octets = malloc(65536);
  *count = file && octets ? fread(octets, 1, 65535, file) : 0;
  if (*count == 0) die("%s: cannot be read", path);
  octets[*count] = 0;
  fclose(file);
  return octets;
}

/* From a submission to a durable record and a request that is ready to leave. */
static void accept_referral(struct exchange *x, struct store *store, struct signer *signer,
                            const char *referral, size_t count, long number) {
  unsigned char digest[DIGEST_OCTETS];
  x->begun_us = now_us(CLOCK_MONOTONIC);
  if (!is_sound_json(referral, count, required)) die("the referral is not sound");
  snprintf(x->id, sizeof x->id, "019ab1c2-7f10-7a10-8d10-%012lx", number);
  x->body_count = (size_t)snprintf(x->body, sizeof x->body,
    "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"urn:nld:oin:00000099000000001000\","
    "\"type\":\"nl.mensenhandelsignalen.verwijzing.aangeboden.v1\",\"conversationid\":\"%s\","
    "\"exercise\":true,\"data\":%s}", x->id, x->id, referral);
  if (x->body_count >= sizeof x->body) die("the referral is too large");
  digest_octets(x->body, x->body_count, digest);
  base64_text(digest, sizeof digest, x->digest);
  x->jws[sign_detached(signer, time(NULL), x->digest, x->jws)] = 0;
  store_record(store, x->id, x->jws, x->body, x->body_count);
}

/* Whether the answer is the partner's signed receipt for exactly this document. */
static int is_receipt(struct exchange *x, EVP_MD_CTX *partner) {
  unsigned char digest[DIGEST_OCTETS];
  char text[DIGEST_TEXT], wanted[100];
  digest_octets(x->answer, x->answer_count, digest);
  base64_text(digest, sizeof digest, text);
  x->answer[x->answer_count] = 0;
  snprintf(wanted, sizeof wanted, "\"payloadDigest\":\"SHA-256=%s\"", x->digest);
  return x->status == 202 && strncmp(x->answer_digest, "SHA-256=", 8) == 0
    && strcmp(x->answer_digest + 8, text) == 0
    && verify_detached(partner, x->answer_jws, text) && strstr(x->answer, wanted) != NULL;
}

/* What is counted begins once every connection of the window is made and used. */
struct tally {
  long begun_us, cpu_us, accepting_us, counted, *latency_us;
};

static void begin_tally(struct tally *tally) {
  tally->begun_us = now_us(CLOCK_MONOTONIC);
  tally->cpu_us = now_us(CLOCK_PROCESS_CPUTIME_ID);
  tally->accepting_us = tally->counted = 0;
}

static void print_tally(const struct tally *tally) {
  struct rusage usage;
  double count = (double)tally->counted;
  getrusage(RUSAGE_SELF, &usage);
  qsort(tally->latency_us, (size_t)tally->counted, sizeof *tally->latency_us, ascending);
  printf("{\"deliveries\":%ld,\"cpu_us\":%.2f,\"accepting_us\":%.2f,\"wall_us\":%.2f,"
         "\"p50_us\":%ld,\"p99_us\":%ld,\"peak_kib\":%ld}\n",
    tally->counted, (double)(now_us(CLOCK_PROCESS_CPUTIME_ID) - tally->cpu_us) / count,
    (double)tally->accepting_us / count,
    (double)(now_us(CLOCK_MONOTONIC) - tally->begun_us) / count,
    tally->latency_us[tally->counted / 2], tally->latency_us[tally->counted * 99 / 100],
    usage.ru_maxrss);
}

int main(int argc, char **argv) {
  if (argc != 12) die("usage: see the first lines of reference.c");
  size_t count;
  char *referral = read_file(argv[3], &count);
  long total = strtol(argv[4], NULL, 10), window = strtol(argv[5], NULL, 10);
  if (total < 1 || window < 1 || window > POST_SLOTS) die("COUNT or WINDOW is out of range");
  struct signer signer;
  make_signer(&signer, read_private_key(argv[7]), read_certificate(argv[6]));
  EVP_MD_CTX *partner = make_verifier(read_certificate(argv[11]));
  struct store *store = store_open(argv[1]);
  struct post *post = post_open(argv[2], argv[8], argv[9], argv[10], window);
  struct tally tally = { .latency_us = calloc((size_t)(total + window), sizeof(long)) };
  long taken = 0, done = 0;
  while (done < window + total) {
    struct exchange *ended[POST_SLOTS], *fresh[POST_SLOTS];
    long ended_count = post_wait(post, ended), fresh_count = 0, begun_us[POST_SLOTS];
    if (tally.begun_us == 0 && done >= window) begin_tally(&tally);
    store_begin(store);
    for (long i = 0; i < ended_count; i++) {
      struct exchange *x = ended[i];
      if (!is_receipt(x, partner)) die("%s got no receipt", x->id);
      store_receipt(store, x->id, x->answer_jws, x->answer, x->answer_count);
      begun_us[i] = x->begun_us;
      post_free(post, x);
    }
    long before_us = now_us(CLOCK_PROCESS_CPUTIME_ID);
    while (taken < window + total && (fresh[fresh_count] = post_take(post)) != NULL)
      accept_referral(fresh[fresh_count++], store, &signer, referral, count, taken++);
    tally.accepting_us += now_us(CLOCK_PROCESS_CPUTIME_ID) - before_us;
    /* Nothing leaves and nothing counts before it is on the disk. */
    store_commit(store);
    long now = now_us(CLOCK_MONOTONIC);
    for (long i = 0; i < ended_count; i++) tally.latency_us[tally.counted++] = now - begun_us[i];
    for (long i = 0; i < fresh_count; i++) post_start(post, fresh[i]);
    done += ended_count;
  }
  print_tally(&tally);
  post_close(post);
  store_close(store);
  return 0;
}
