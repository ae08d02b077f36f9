/* libcurl's multi interface with the key and the anchors parsed once.
   SPDX-License-Identifier: Apache-2.0 */
#include "post.h"

#include <curl/curl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct post {
  CURLM *multi;
  EVP_PKEY *key;
  X509 *certificate, *issuer, *anchor;
  long window, free_count, running;
  struct exchange *free_slots[POST_SLOTS], *slots[POST_SLOTS];
};

static CURLcode set_context(CURL *easy, void *context, void *data) {
  struct post *post = data;
  SSL_CTX *tls = context;
  (void)easy;
  X509_STORE *anchors = X509_STORE_new();
  X509_STORE_add_cert(anchors, post->anchor);
  SSL_CTX_set_cert_store(tls, anchors);
  return SSL_CTX_use_certificate(tls, post->certificate) == 1
      && SSL_CTX_add1_chain_cert(tls, post->issuer) == 1
      && SSL_CTX_use_PrivateKey(tls, post->key) == 1 ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static size_t take_body(char *octets, size_t size, size_t count, void *data) {
  struct exchange *x = data;
  count *= size;
  if (x->answer_count + count > POST_ANSWER) return 0;
  memcpy(x->answer + x->answer_count, octets, count);
  x->answer_count += count;
  return count;
}

static void take_value(const char *line, size_t count, const char *name, char *value, size_t room) {
  size_t name_count = strlen(name);
  if (count < name_count + 2 || strncasecmp(line, name, name_count) != 0) return;
  line += name_count;
  count -= name_count;
  while (count > 0 && *line == ' ') line++, count--;
  while (count > 0 && (line[count - 1] == '\r' || line[count - 1] == '\n')) count--;
  if (count >= room) return;
  memcpy(value, line, count);
  value[count] = 0;
}

static size_t take_field(char *line, size_t size, size_t count, void *data) {
  struct exchange *x = data;
  take_value(line, size * count, "digest:", x->answer_digest, sizeof x->answer_digest);
  take_value(line, size * count, "payload-signature:", x->answer_jws, sizeof x->answer_jws);
  return size * count;
}

static struct exchange *make_slot(struct post *post, const char *url) {
  struct exchange *x = calloc(1, sizeof *x);
  CURL *easy = curl_easy_init();
  if (x == NULL || easy == NULL) die("no memory for a slot");
  x->easy = easy;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  /* With its default folder of anchors libcurl takes 30 ms for each connection. */
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, post);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_field);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
  return x;
}

struct post *post_open(const char *url, const char *client_chain, const char *client_key,
                       const char *anchors, long window) {
  struct post *post = calloc(1, sizeof *post);
  FILE *chain = fopen(client_chain, "r");
  if (post == NULL || chain == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    die("%s: cannot be used", client_chain);
  post->certificate = PEM_read_X509(chain, NULL, NULL, NULL);
  post->issuer = PEM_read_X509(chain, NULL, NULL, NULL);
  fclose(chain);
  post->key = read_private_key(client_key);
  post->anchor = read_certificate(anchors);
  post->multi = curl_multi_init();
  if (post->certificate == NULL || post->issuer == NULL || post->multi == NULL) die("client chain");
  curl_multi_setopt(post->multi, CURLMOPT_MAXCONNECTS, window);
  post->window = post->free_count = window;
  for (long i = 0; i < window; i++) post->slots[i] = post->free_slots[i] = make_slot(post, url);
  return post;
}

struct exchange *post_take(struct post *post) {
  return post->free_count > 0 ? post->free_slots[--post->free_count] : NULL;
}

void post_free(struct post *post, struct exchange *exchange) {
  post->free_slots[post->free_count++] = exchange;
}

static struct curl_slist *add_field(struct curl_slist *fields, const char *name,
                                    const char *value) {
  char line[JWS_OCTETS + 64];
  snprintf(line, sizeof line, "%s: %s", name, value);
  return curl_slist_append(fields, line);
}

void post_start(struct post *post, struct exchange *x) {
  struct curl_slist *fields = curl_slist_append(NULL, "Expect:");
  char digest[64];
  snprintf(digest, sizeof digest, "SHA-256=%s", x->digest);
  fields = add_field(fields, "Content-Type", "application/cloudevents+json; charset=utf-8");
  fields = add_field(fields, "Digest", digest);
  fields = add_field(fields, "Payload-Signature", x->jws);
  x->fields = add_field(fields, "Idempotency-Key", x->id);
  x->answer_count = 0;
  x->answer_digest[0] = x->answer_jws[0] = 0;
  curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->fields);
  curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body_count);
  curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, x->body);
  if (curl_multi_add_handle(post->multi, x->easy) != CURLM_OK) die("a request cannot start");
  post->running++;
}

static long collect(struct post *post, struct exchange *ended[POST_SLOTS]) {
  long count = 0;
  int left;
  CURLMsg *message;
  while ((message = curl_multi_info_read(post->multi, &left)) != NULL) {
    struct exchange *x = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x);
    if (message->data.result != CURLE_OK) die("%s", curl_easy_strerror(message->data.result));
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->status);
    curl_multi_remove_handle(post->multi, x->easy);
    curl_slist_free_all(x->fields);
    x->fields = NULL;
    post->running--;
    ended[count++] = x;
  }
  return count;
}

long post_wait(struct post *post, struct exchange *ended[POST_SLOTS]) {
  while (post->running > 0) {
    int running;
    curl_multi_perform(post->multi, &running);
    long count = collect(post, ended);
    if (count > 0) return count;
    curl_multi_poll(post->multi, NULL, 0, 1000, NULL);
  }
  return 0;
}

void post_close(struct post *post) {
  for (long i = 0; i < post->window; i++) {
    curl_easy_cleanup(post->slots[i]->easy);
    free(post->slots[i]);
  }
  curl_multi_cleanup(post->multi);
  EVP_PKEY_free(post->key);
  X509_free(post->certificate);
  X509_free(post->issuer);
  X509_free(post->anchor);
  free(post);
  curl_global_cleanup();
}
