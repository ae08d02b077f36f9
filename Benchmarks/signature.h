/* Keys, digests and the detached signature of docs/wire.md, for the reference and the sink.
   SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCHMARKS_SIGNATURE_H
#define BENCHMARKS_SIGNATURE_H
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

enum { DIGEST_OCTETS = 32, DIGEST_TEXT = 45, JWS_OCTETS = 8192 };

/* Ends the program with a message and the libraries' own words. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

EVP_PKEY *read_private_key(const char *path);
X509 *read_certificate(const char *path);

void digest_octets(const void *octets, size_t count, unsigned char digest[DIGEST_OCTETS]);
/* Padded base64 with its final zero; returns its length. */
size_t base64_text(const unsigned char *octets, size_t count, char *text);

/* Made ready once for each key; the key's kind says the algorithm, ES256 or PS256. */
struct signer {
  EVP_MD_CTX *prepared;
  X509 *certificate;
  const char *algorithm;
  long issued_at;
  char header[JWS_OCTETS / 2]; /* base64url of the protected header, of the second issued_at */
  size_t header_count;
};
void make_signer(struct signer *signer, EVP_PKEY *key, X509 *certificate);
/* Writes `protected..signature` over the digest field; returns its length. */
size_t sign_detached(struct signer *signer, long now, const char *digest_text, char *jws);

/* An ES256 public key, made ready once. */
EVP_MD_CTX *make_verifier(X509 *certificate);
/* Whether the text is this key's signature over the digest field. */
int verify_detached(EVP_MD_CTX *prepared, const char *jws, const char *digest_text);
#endif
