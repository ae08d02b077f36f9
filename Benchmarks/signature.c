/* The detached signature of docs/wire.md with OpenSSL alone.
   SPDX-License-Identifier: Apache-2.0 */
#include "signature.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COORDINATE_OCTETS = 32, ES256_OCTETS = 2 * COORDINATE_OCTETS, ES256_TEXT = 86 };

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  ERR_print_errors_fp(stderr);
  exit(70);
}

EVP_PKEY *read_private_key(const char *path) {
  FILE *file = fopen(path, "r");
  EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
  if (key == NULL) die("%s: no private key", path);
  fclose(file);
  return key;
}

X509 *read_certificate(const char *path) {
  FILE *file = fopen(path, "r");
  X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
  if (certificate == NULL) die("%s: no certificate", path);
  fclose(file);
  return certificate;
}

void digest_octets(const void *octets, size_t count, unsigned char digest[DIGEST_OCTETS]) {
  if (EVP_Digest(octets, count, digest, NULL, EVP_sha256(), NULL) != 1) die("SHA-256");
}

size_t base64_text(const unsigned char *octets, size_t count, char *text) {
  return (size_t)EVP_EncodeBlock((unsigned char *)text, octets, (int)count);
}

static size_t base64url_text(const unsigned char *octets, size_t count, char *text) {
  size_t length = base64_text(octets, count, text);
  while (length > 0 && text[length - 1] == '=') length--;
  text[length] = 0;
  for (char *at = text; *at; at++) *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
  return length;
}

/* Exactly 86 characters of base64url: r and s. */
static int es256_octets(const char *text, unsigned char octets[ES256_OCTETS]) {
  char padded[ES256_TEXT + 3];
  unsigned char decoded[ES256_OCTETS + 2];
  if (strlen(text) != ES256_TEXT) return 0;
  for (int i = 0; i < ES256_TEXT; i++)
    padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
  memcpy(padded + ES256_TEXT, "==", 3);
  if (EVP_DecodeBlock(decoded, (unsigned char *)padded, ES256_TEXT + 2) != ES256_OCTETS + 2)
    return 0;
  memcpy(octets, decoded, ES256_OCTETS);
  return 1;
}

void make_signer(struct signer *signer, EVP_PKEY *key, X509 *certificate) {
  EVP_PKEY_CTX *parameters = NULL;
  memset(signer, 0, sizeof *signer);
  signer->certificate = certificate;
  signer->algorithm = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? "PS256" : "ES256";
  signer->prepared = EVP_MD_CTX_new();
  if (EVP_DigestSignInit(signer->prepared, &parameters, EVP_sha256(), NULL, key) != 1)
    die("signer");
  if (strcmp(signer->algorithm, "PS256") == 0
      && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1
          || EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1))
    die("padding");
}

/* The header changes with the second only. */
static void write_header(struct signer *signer, long now) {
  unsigned char *der = NULL, digest[DIGEST_OCTETS];
  char x5c[JWS_OCTETS / 2], x5t[DIGEST_TEXT], json[JWS_OCTETS / 2];
  int der_count = i2d_X509(signer->certificate, &der);
  if (der_count <= 0 || der_count > JWS_OCTETS / 4) die("the certificate is too large");
  digest_octets(der, (size_t)der_count, digest);
  base64_text(der, (size_t)der_count, x5c);
  base64url_text(digest, sizeof digest, x5t);
  OPENSSL_free(der);
  int count = snprintf(json, sizeof json,
    "{\"alg\":\"%s\",\"typ\":\"jose\",\"x5t#S256\":\"%s\",\"x5c\":[\"%s\"],\"iat\":%ld,"
    "\"b64\":false,\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/HttpHeaders\","
    "\"pars\":[\"digest\"]},"
    "\"crit\":[\"b64\",\"sigD\"]}", signer->algorithm, x5t, x5c, now);
  if (count * 4 / 3 + 4 > (int)sizeof signer->header) die("the protected header is too large");
  signer->header_count = base64url_text((unsigned char *)json, (size_t)count, signer->header);
  signer->issued_at = now;
}

/* ECDSA's DER to r and s of fixed length; other signatures stay as they are. */
static size_t in_jose_form(struct signer *signer, unsigned char *signature, size_t count) {
  if (strcmp(signer->algorithm, "ES256") != 0) return count;
  const unsigned char *at = signature;
  ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &at, (long)count);
  if (parts == NULL) die("a signature is no ECDSA signature");
  BN_bn2binpad(ECDSA_SIG_get0_r(parts), signature, COORDINATE_OCTETS);
  BN_bn2binpad(ECDSA_SIG_get0_s(parts), signature + COORDINATE_OCTETS, COORDINATE_OCTETS);
  ECDSA_SIG_free(parts);
  return ES256_OCTETS;
}

size_t sign_detached(struct signer *signer, long now, const char *digest_text, char *jws) {
  char input[JWS_OCTETS];
  unsigned char signature[1024];
  size_t count = sizeof signature;
  if (signer->issued_at != now) write_header(signer, now);
  int length = snprintf(input, sizeof input, "%s.digest: SHA-256=%s", signer->header, digest_text);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (EVP_MD_CTX_copy_ex(context, signer->prepared) != 1
      || EVP_DigestSign(context, signature, &count, (unsigned char *)input, (size_t)length) != 1)
    die("sign");
  EVP_MD_CTX_free(context);
  count = in_jose_form(signer, signature, count);
  memcpy(jws, signer->header, signer->header_count);
  memcpy(jws + signer->header_count, "..", 2);
  return signer->header_count + 2
    + base64url_text(signature, count, jws + signer->header_count + 2);
}

EVP_MD_CTX *make_verifier(X509 *certificate) {
  EVP_MD_CTX *prepared = EVP_MD_CTX_new();
  if (EVP_DigestVerifyInit(prepared, NULL, EVP_sha256(), NULL, X509_get0_pubkey(certificate)) != 1)
    die("verifier");
  return prepared;
}

int verify_detached(EVP_MD_CTX *prepared, const char *jws, const char *digest_text) {
  char input[JWS_OCTETS];
  unsigned char raw[ES256_OCTETS], der[ES256_OCTETS + 16], *end = der;
  const char *dots = strstr(jws, "..");
  if (dots == NULL || !es256_octets(dots + 2, raw)) return 0;
  int length = snprintf(
    input, sizeof input, "%.*s.digest: SHA-256=%s", (int)(dots - jws), jws, digest_text);
  if (length < 0 || length >= (int)sizeof input) return 0;
  ECDSA_SIG *parts = ECDSA_SIG_new();
  ECDSA_SIG_set0(parts, BN_bin2bn(raw, COORDINATE_OCTETS, NULL),
    BN_bin2bn(raw + COORDINATE_OCTETS, COORDINATE_OCTETS, NULL));
  int count = i2d_ECDSA_SIG(parts, &end);
  ECDSA_SIG_free(parts);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int good = EVP_MD_CTX_copy_ex(context, prepared) == 1
    && EVP_DigestVerify(context, der, (size_t)count, (unsigned char *)input, (size_t)length) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return good;
}
