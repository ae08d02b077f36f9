/* A strict reader of JSON that keeps nothing.
   SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCHMARKS_JSON_H
#define BENCHMARKS_JSON_H
#include <stddef.h>

/* Whether the octets are one JSON object that has these members; `required` ends with NULL and
   holds at most eight names. */
int is_sound_json(const void *octets, size_t count, const char *const *required);
#endif
