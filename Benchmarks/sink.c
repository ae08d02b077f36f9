/* A partner that costs little: takes documents over mutual TLS, answers each with a signed receipt.
   It keeps nothing and checks nothing, so that what is measured is the sender.
   Usage: sink CERTIFICATE KEY ANCHORS SIGNING_CERTIFICATE SIGNING_KEY IDENTITY HOLD_MS
   Prints the port it listens on; ends when its standard input does.
   SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "signature.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  REQUEST_OCTETS = 32768, EVENTS = 64, CONNECTIONS = 2048, ID_TEXT = 36,
  ORGANISATION_TEXT = 32 /* "urn:nld:oin:" and 20 digits, without the system */
};

struct connection {
  int fd;
  SSL *tls;
  size_t count;
  long due_ms; /* when the answer to what is in `octets` leaves; 0: not asked yet */
  char octets[REQUEST_OCTETS + 1];
};

static struct signer signer;
static const char *identity;
static long hold_ms;
static struct connection *held[CONNECTIONS]; /* a ring in the order in which they are due */
static unsigned held_first, held_end;

static long now_ms(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The value of a field in the head, "" when it is not there; ends at the line's end. */
static const char *field(const char *head, const char *name, char *value, size_t room) {
  size_t count = strlen(name);
  value[0] = 0;
  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
    line += 2;
    if (strncasecmp(line, name, count) != 0 || line[count] != ':') continue;
    const char *start = line + count + 1 + strspn(line + count + 1, " ");
    size_t length = strcspn(start, "\r");
    if (length >= room) return value;
    memcpy(value, start, length);
    value[length] = 0;
    break;
  }
  return value;
}

/* The text of the first member of this name: the envelope stands before the data. */
static void member(const char *body, const char *name, char *value, size_t room) {
  char wanted[64];
  snprintf(wanted, sizeof wanted, "\"%s\":\"", name);
  const char *start = strstr(body, wanted);
  value[0] = 0;
  if (start == NULL) return;
  start += strlen(wanted);
  size_t length = strcspn(start, "\"");
  if (length >= room) return;
  memcpy(value, start, length);
  value[length] = 0;
}

/* UUID version 7: the time in milliseconds, then chance. */
static void new_id(long ms, char text[ID_TEXT + 1]) {
  unsigned char o[16];
  if (RAND_bytes(o, sizeof o) != 1) die("random octets");
  for (int i = 0; i < 6; i++) o[i] = (unsigned char)(ms >> (40 - 8 * i));
  o[6] = (unsigned char)(0x70 | (o[6] & 0x0F));
  o[8] = (unsigned char)(0x80 | (o[8] & 0x3F));
  for (int i = 0, at = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = '-';
    at += snprintf(text + at, 3, "%02x", o[i]);
  }
}

/* The receipt of docs/wire.md; returns its length. */
static int write_receipt(const char *head, const char *body, long ms, char *out, size_t room) {
  char id[ID_TEXT + 1], source[200], conversation[ID_TEXT + 1], message[ID_TEXT + 1];
  char digest[100], jws[JWS_OCTETS], time_text[32], signature[DIGEST_TEXT];
  unsigned char octets[DIGEST_OCTETS];
  time_t seconds = ms / 1000;
  struct tm utc;
  strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &utc));
  new_id(ms, id);
  member(body, "id", message, sizeof message);
  member(body, "source", source, sizeof source);
  member(body, "conversationid", conversation, sizeof conversation);
  field(head, "Digest", digest, sizeof digest);
  field(head, "Payload-Signature", jws, sizeof jws);
  digest_octets(jws, strlen(jws), octets);
  base64_text(octets, sizeof octets, signature);
  return snprintf(out, room,
    "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"%s\","
    "\"type\":\"nl.mensenhandelsignalen.verwijzing.bevestigd.v1\",\"subject\":\"%s\","
    "\"recipient\":\"%.*s\",\"time\":\"%s.%03ldZ\",\"datacontenttype\":\"application/json\","
    "\"dataschema\":\"https://referral-gateway.example/schemas/acknowledgement/1.0.0/schema.json\","
    "\"conversationid\":\"%s\",\"causationid\":\"%s\",\"nonce\":\"%.22s\",\"exercise\":true,"
    "\"data\":{\"kind\":\"receipt\",\"messageId\":\"%s\",\"conversationId\":\"%s\","
    "\"payloadDigest\":\"%s\",\"signatureDigest\":\"SHA-256=%s\",\"receivedAt\":\"%s.%03ldZ\"}}",
    id, identity, message, ORGANISATION_TEXT, source, time_text, ms % 1000, conversation, message,
    "AAECAwQFBgcICQoLDA0ODw", message, conversation, digest, signature, time_text, ms % 1000);
}

static void answer(struct connection *c) {
  char receipt[4096], head[JWS_OCTETS + 1024], jws[JWS_OCTETS], digest[DIGEST_TEXT], out[16384];
  unsigned char octets[DIGEST_OCTETS];
  long ms = now_ms(CLOCK_REALTIME);
  char *body = strstr(c->octets, "\r\n\r\n") + 4;
  int count = write_receipt(c->octets, body, ms, receipt, sizeof receipt);
  digest_octets(receipt, (size_t)count, octets);
  base64_text(octets, sizeof octets, digest);
  jws[sign_detached(&signer, ms / 1000, digest, jws)] = 0;
  int head_count = snprintf(head, sizeof head,
    "HTTP/1.1 202 Accepted\r\nContent-Type: application/cloudevents+json\r\n"
    "Content-Length: %d\r\nDigest: SHA-256=%s\r\nPayload-Signature: %s\r\n\r\n",
    count, digest, jws);
  memcpy(out, head, (size_t)head_count);
  memcpy(out + head_count, receipt, (size_t)count);
  c->count = 0;
  c->due_ms = 0;
  /* One answer is far below the socket's buffer, and nothing else is under way on it. */
  if (SSL_write(c->tls, out, head_count + count) <= 0) ERR_clear_error();
}

/* Whether the octets are one whole request. */
static int is_complete(struct connection *c) {
  char length[16];
  c->octets[c->count] = 0;
  char *end = strstr(c->octets, "\r\n\r\n");
  if (end == NULL) return 0;
  field(c->octets, "Content-Length", length, sizeof length);
  return c->count >= (size_t)(end + 4 - c->octets) + strtoul(length, NULL, 10);
}

static void hang_up(struct connection *c) {
  if (c->due_ms != 0) return; /* in the ring: it ends after its answer */
  SSL_free(c->tls);
  close(c->fd);
  free(c);
}

static void read_more(struct connection *c) {
  int got;
  while ((got = SSL_read(c->tls, c->octets + c->count, (int)(REQUEST_OCTETS - c->count))) > 0) {
    c->count += (size_t)got;
    if (!is_complete(c)) continue;
    if (hold_ms == 0) {
      answer(c);
    } else {
      c->due_ms = now_ms(CLOCK_MONOTONIC) + hold_ms;
      held[held_end++ % CONNECTIONS] = c;
    }
    return;
  }
  int why = SSL_get_error(c->tls, got);
  ERR_clear_error();
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) hang_up(c);
}

static void take_connection(int poll, int listener, SSL_CTX *context) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  struct connection *c = fd < 0 ? NULL : calloc(1, sizeof *c);
  if (c == NULL) return;
  c->fd = fd;
  c->tls = SSL_new(context);
  SSL_set_fd(c->tls, fd);
  SSL_set_accept_state(c->tls);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static SSL_CTX *make_context(char **argv) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1
      || SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1
      || SSL_CTX_load_verify_locations(context, argv[3], NULL) != 1)
    die("TLS files");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_session_id_context(context, (const unsigned char *)"sink", 4);
  return context;
}

static int make_listener(void) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* inherited by what is accepted */
  if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1024) != 0
      || getsockname(fd, (struct sockaddr *)&address, &size) != 0)
    die("listen");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static int answer_held(void) {
  long now = now_ms(CLOCK_MONOTONIC);
  while (held_first != held_end) {
    struct connection *c = held[held_first % CONNECTIONS];
    if (c->due_ms > now) return (int)(c->due_ms - now);
    held_first++;
    answer(c);
    read_more(c);
  }
  return -1;
}

int main(int argc, char **argv) {
  if (argc != 8) die("usage: see the first lines of sink.c");
  signal(SIGPIPE, SIG_IGN);
  SSL_CTX *context = make_context(argv);
  make_signer(&signer, read_private_key(argv[5]), read_certificate(argv[4]));
  identity = argv[6];
  hold_ms = strtol(argv[7], NULL, 10);
  int listener = make_listener(), poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event listening = { .events = EPOLLIN, .data.ptr = &listener };
  struct epoll_event ending = { .events = EPOLLIN, .data.ptr = NULL };
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &listening);
  epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &ending);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poll, events, EVENTS, answer_held());
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == NULL) return 0;
      if (events[i].data.ptr == &listener) take_connection(poll, listener, context);
      else read_more(events[i].data.ptr);
    }
  }
}
