// SPDX-License-Identifier: Apache-2.0
#ifndef CTOML_H
#define CTOML_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CTOML_TABLE,
  CTOML_ARRAY,
  CTOML_END,
  CTOML_STRING,
  CTOML_INTEGER,
  CTOML_FLOAT,
  CTOML_BOOLEAN,
  CTOML_TIME
} ctoml_kind;

typedef struct {
  ctoml_kind kind;
  const char *key; /* NULL inside an array, at the root and at the end */
  size_t key_length;
  const char *text; /* STRING and TIME */
  size_t text_length;
  int64_t integer;
  double real;
  bool boolean;
  uint32_t line, column;
} ctoml_event;

typedef struct {
  uint32_t line, column;
  char reason[200]; /* cut, NUL-terminated */
} ctoml_error;

/* Walks the document; nothing in an event outlives the call of `on`.
   0: read to the end; 1: `error` says where it is wrong; 2: out of memory. */
int ctoml_read(const char *text, size_t length, void (*on)(void *, const ctoml_event *),
               void *context, ctoml_error *error);

#ifdef __cplusplus
}
#endif
#endif
