// SPDX-License-Identifier: Apache-2.0
#ifndef CCURL_H
#define CCURL_H
#include <curl/curl.h>
/* libcurl's socket interface leaves the waiting to its user: one set for all multi handles. */
#include <sys/epoll.h>
#include <sys/timerfd.h>
#define CSHIM static inline __attribute__((always_inline))
/* curl_easy_setopt is a type-checking macro over a variadic: one door for each argument class. */
CSHIM CURLcode ccurl_set_long(CURL *h, CURLoption o, long v) { return (curl_easy_setopt)(h, o, v); }
CSHIM CURLcode ccurl_set_offset(CURL *h, CURLoption o, curl_off_t v) {
  return (curl_easy_setopt)(h, o, v);
}
CSHIM CURLcode ccurl_set_string(CURL *h, CURLoption o, const char *v) {
  return (curl_easy_setopt)(h, o, v);
}
CSHIM CURLcode ccurl_set_pointer(CURL *h, CURLoption o, void *v) {
  return (curl_easy_setopt)(h, o, v);
}
CSHIM CURLcode ccurl_set_octets(CURL *h, CURLoption o, const void *v) {
  return (curl_easy_setopt)(h, o, v);
}
typedef size_t (*ccurl_write_fn)(char *, size_t, size_t, void *);
typedef CURLcode (*ccurl_ssl_ctx_fn)(CURL *, void *, void *);
CSHIM CURLcode ccurl_set_write(CURL *h, CURLoption o, ccurl_write_fn f) {
  return (curl_easy_setopt)(h, o, f);
}
CSHIM CURLcode ccurl_set_ssl_ctx(CURL *h, ccurl_ssl_ctx_fn f) {
  return (curl_easy_setopt)(h, CURLOPT_SSL_CTX_FUNCTION, f);
}
CSHIM CURLcode ccurl_set_open_socket(CURL *h, curl_opensocket_callback f) {
  return (curl_easy_setopt)(h, CURLOPT_OPENSOCKETFUNCTION, f);
}
CSHIM CURLcode ccurl_set_close_socket(CURL *h, curl_closesocket_callback f) {
  return (curl_easy_setopt)(h, CURLOPT_CLOSESOCKETFUNCTION, f);
}
CSHIM CURLcode ccurl_set_prereq(CURL *h, curl_prereq_callback f) {
  return (curl_easy_setopt)(h, CURLOPT_PREREQFUNCTION, f);
}
CSHIM CURLMcode ccurl_multi_set_long(CURLM *m, CURLMoption o, long v) {
  return (curl_multi_setopt)(m, o, v);
}
CSHIM CURLMcode ccurl_multi_set_pointer(CURLM *m, CURLMoption o, void *v) {
  return (curl_multi_setopt)(m, o, v);
}
CSHIM CURLMcode ccurl_multi_set_socket(CURLM *m, curl_socket_callback f) {
  return (curl_multi_setopt)(m, CURLMOPT_SOCKETFUNCTION, f);
}
CSHIM CURLMcode ccurl_multi_set_timer(CURLM *m, curl_multi_timer_callback f) {
  return (curl_multi_setopt)(m, CURLMOPT_TIMERFUNCTION, f);
}
CSHIM CURLcode ccurl_get_long(CURL *h, CURLINFO i, long *v) { return (curl_easy_getinfo)(h, i, v); }
CSHIM CURLcode ccurl_get_offset(CURL *h, CURLINFO i, curl_off_t *v) {
  return (curl_easy_getinfo)(h, i, v);
}
CSHIM CURLcode ccurl_get_string(CURL *h, CURLINFO i, const char **v) {
  return (curl_easy_getinfo)(h, i, v);
}
CSHIM CURLcode ccurl_message_result(const CURLMsg *m) { return m->data.result; }
#endif
