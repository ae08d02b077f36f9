/* What a delivery cannot do without, each alone: the least that the reference could cost.
   Usage: ingredients STORE URL REFERRAL COUNT EC_KEY RSA_KEY CLIENT_CHAIN CLIENT_KEY
                      ANCHORS
   Prints one line of JSON: microseconds of CPU for each.
   SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "post.h"
#include "signature.h"
#include "store.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As many as the outbox writes in one commit when it is busy; what is signed; a receipt. */
enum { GROUP = 32, WINDOW = 64, SIGNED_OCTETS = 2048, RECEIPT_OCTETS = 1024, RSA_SHARE = 20 };

static const char *const required[] = { "recipients", "referral", NULL };
static char referral[65536], input[SIGNED_OCTETS], jws[SIGNED_OCTETS + 1];
static size_t referral_count;

static double cpu_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void report(const char *name, double begun_us, long count) {
  static char before = '{';
  printf("%c\"%s\":%.2f", before, name, (cpu_us() - begun_us) / (double)count);
  before = ',';
}

static void measure_reading(long count) {
  unsigned char digest[DIGEST_OCTETS];
  double begun_us = cpu_us();
  for (long i = 0; i < count; i++)
    if (!is_sound_json(referral, referral_count, required)) die("the referral is not sound");
  report("validate_us", begun_us, count);
  begun_us = cpu_us();
  for (long i = 0; i < count; i++) {
    digest_octets(referral, referral_count, digest);
    digest_octets(referral, RECEIPT_OCTETS, digest);
  }
  report("hash_us", begun_us, count);
}

/* With one context for each use, copied from a template; no encoding around it. */
static void measure_key(const char *sign_name, const char *verify_name, EVP_PKEY *key, long count) {
  EVP_MD_CTX *signing = EVP_MD_CTX_new(), *verifying = EVP_MD_CTX_new(), *one = EVP_MD_CTX_new();
  EVP_PKEY_CTX *own[2];
  unsigned char signature[1024];
  size_t size = 0;
  if (EVP_DigestSignInit(signing, &own[0], EVP_sha256(), NULL, key) != 1
      || EVP_DigestVerifyInit(verifying, &own[1], EVP_sha256(), NULL, key) != 1)
    die("a key cannot be used");
  for (int i = 0; i < 2 && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA; i++)
    if (EVP_PKEY_CTX_set_rsa_padding(own[i], RSA_PKCS1_PSS_PADDING) != 1
        || EVP_PKEY_CTX_set_rsa_pss_saltlen(own[i], RSA_PSS_SALTLEN_DIGEST) != 1)
      die("padding");
  double begun_us = cpu_us();
  for (long i = 0; i < count; i++) {
    size = sizeof signature;
    if (EVP_MD_CTX_copy_ex(one, signing) != 1
        || EVP_DigestSign(one, signature, &size, (unsigned char *)input, sizeof input) != 1)
      die("sign");
  }
  report(sign_name, begun_us, count);
  begun_us = cpu_us();
  for (long i = 0; i < count; i++)
    if (EVP_MD_CTX_copy_ex(one, verifying) != 1
        || EVP_DigestVerify(one, signature, size, (unsigned char *)input, sizeof input) != 1)
      die("verify");
  report(verify_name, begun_us, count);
  EVP_MD_CTX_free(one);
  EVP_MD_CTX_free(signing);
  EVP_MD_CTX_free(verifying);
  EVP_PKEY_free(key);
}

/* A record of the document and a record of the receipt, GROUP deliveries in a commit. */
static void measure_store(const char *path, long count) {
  struct store *store = store_open(path);
  char id[48];
  double begun_us = cpu_us();
  for (long i = 0; i < count; i++) {
    if (i % GROUP == 0) store_begin(store);
    snprintf(id, sizeof id, "019ab1c2-7f10-7a10-8d10-%012lx", i);
    store_record(store, id, jws, referral, referral_count);
    store_receipt(store, id, jws, referral, RECEIPT_OCTETS);
    if (i % GROUP == GROUP - 1 || i == count - 1) store_commit(store);
  }
  report("record_us", begun_us, count);
  store_close(store);
}

/* The request and its answer over kept connections, and nothing made of either. */
static void measure_post(struct post *post, long count) {
  double begun_us = 0;
  long done = 0, begun = 0;
  while (done < count + WINDOW) {
    struct exchange *ended[POST_SLOTS], *x;
    long ended_count = post_wait(post, ended);
    for (long i = 0; i < ended_count; i++) post_free(post, ended[i]);
    done += ended_count;
    /* The first of each slot made its connection. */
    if (begun_us == 0 && done >= WINDOW) begun_us = cpu_us();
    while (begun < count + WINDOW && (x = post_take(post)) != NULL) {
      snprintf(x->id, sizeof x->id, "019ab1c2-7f10-7a10-8d10-%012lx", begun++);
      memcpy(x->jws, jws, sizeof jws);
      x->body_count = (size_t)snprintf(x->body, sizeof x->body,
        "{\"id\":\"%s\",\"source\":\"urn:nld:oin:1\",\"conversationid\":\"%s\",\"data\":%s}",
        x->id, x->id, referral);
      post_start(post, x);
    }
  }
  report("post_us", begun_us, done - WINDOW);
}

int main(int argc, char **argv) {
  if (argc != 10) die("usage: see the first lines of ingredients.c");
  FILE *file = fopen(argv[3], "r");
  referral_count = file ? fread(referral, 1, POST_BODY - 512, file) : 0;
  if (referral_count < RECEIPT_OCTETS) die("%s: cannot be read", argv[3]);
  fclose(file);
  long count = strtol(argv[4], NULL, 10);
  if (count < 1) die("COUNT is out of range");
  memset(input, 'i', sizeof input);
  memset(jws, 'j', sizeof jws - 1);
  measure_reading(count);
  measure_key("es256_sign_us", "es256_verify_us", read_private_key(argv[5]), count);
  measure_key("ps256_sign_us", "ps256_verify_us", read_private_key(argv[6]), count / RSA_SHARE + 1);
  measure_store(argv[1], count);
  struct post *post = post_open(argv[2], argv[7], argv[8], argv[9], WINDOW);
  measure_post(post, count);
  post_close(post);
  printf("}\n");
  return 0;
}
