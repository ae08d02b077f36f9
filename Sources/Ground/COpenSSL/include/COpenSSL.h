// SPDX-License-Identifier: Apache-2.0
#ifndef COPENSSL_H
#define COPENSSL_H
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#define CSHIM static inline __attribute__((always_inline))
CSHIM int copenssl_min_tls13(SSL_CTX *c) { return SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION); }
CSHIM int copenssl_min_tls12(SSL_CTX *c) { return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION); }
CSHIM void copenssl_server_options(SSL_CTX *c) {
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
}
CSHIM EVP_PKEY *copenssl_generate_p256(void) { return EVP_EC_gen("P-256"); }
CSHIM EVP_PKEY *copenssl_generate_rsa(unsigned bits) { return EVP_RSA_gen(bits); }
CSHIM void copenssl_free_string(void *p) { OPENSSL_free(p); }
#endif
