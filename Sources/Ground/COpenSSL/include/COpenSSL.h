// SPDX-License-Identifier: Apache-2.0
// What Swift cannot see of libssl and libcrypto: macros, typed stacks and variadic functions.
#ifndef COPENSSL_H
#define COPENSSL_H
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#define CSHIM static inline __attribute__((always_inline))

/* Memory and text */
CSHIM void copenssl_free(void *p) { OPENSSL_free(p); }
CSHIM long copenssl_bio_octets(BIO *bio, char **start) { return BIO_get_mem_data(bio, start); }
CSHIM int copenssl_print_name(BIO *bio, const X509_NAME *name) {
  return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
}

/* Keys */
CSHIM EVP_PKEY *copenssl_generate_ec(const char *curve) { return EVP_EC_gen(curve); }
CSHIM EVP_PKEY *copenssl_generate_rsa(size_t bits) { return EVP_RSA_gen(bits); }
CSHIM EVP_PKEY *copenssl_generate_ed25519(void) {
  return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

/* Stacks */
CSHIM STACK_OF(X509) *copenssl_certificates_new(void) { return sk_X509_new_null(); }
CSHIM int copenssl_certificates_push(STACK_OF(X509) *s, X509 *x) { return sk_X509_push(s, x); }
CSHIM int copenssl_certificates_count(const STACK_OF(X509) *s) { return sk_X509_num(s); }
CSHIM X509 *copenssl_certificates_at(const STACK_OF(X509) *s, int i) { return sk_X509_value(s, i); }
/* Frees the stack, not what lies on it. */
CSHIM void copenssl_certificates_free(STACK_OF(X509) *s) { sk_X509_free(s); }
CSHIM int copenssl_usages_count(const EXTENDED_KEY_USAGE *s) { return sk_ASN1_OBJECT_num(s); }
CSHIM ASN1_OBJECT *copenssl_usages_at(const EXTENDED_KEY_USAGE *s, int i) {
  return sk_ASN1_OBJECT_value(s, i);
}

CSHIM STACK_OF(X509_EXTENSION) *copenssl_extensions_new(void) {
  return sk_X509_EXTENSION_new_null();
}
/* 1 when the text is one that the extension may have. */
CSHIM int copenssl_extensions_add(STACK_OF(X509_EXTENSION) *s, int name, const char *value) {
  X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, name, value);
  return e != NULL && sk_X509_EXTENSION_push(s, e) > 0;
}
CSHIM void copenssl_extensions_free(STACK_OF(X509_EXTENSION) *s) {
  sk_X509_EXTENSION_pop_free(s, X509_EXTENSION_free);
}

/* TLS */
CSHIM int copenssl_min_tls12(SSL_CTX *c) {
  return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
}
CSHIM void copenssl_server_options(SSL_CTX *c) {
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
}
/* No sessions, neither by id nor by ticket. */
CSHIM void copenssl_never_resume(SSL_CTX *c) {
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(c, 0);
}
CSHIM int copenssl_set_groups(SSL_CTX *c, const char *groups) {
  return (int)SSL_CTX_set1_groups_list(c, groups);
}
CSHIM int copenssl_add_chain_certificate(SSL_CTX *c, X509 *x) {
  return (int)SSL_CTX_add1_chain_cert(c, x);
}
#endif
