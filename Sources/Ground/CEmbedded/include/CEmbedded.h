// SPDX-License-Identifier: Apache-2.0
#ifndef CEMBEDDED_H
#define CEMBEDDED_H
#include <stddef.h>
/* A file of this repository as it was when the program was built. */
struct cembedded_file {
  const char *path;
  const unsigned char *octets;
  size_t count;
};
/* The number of files, and the file at an index below it. */
size_t cembedded_count(void);
struct cembedded_file cembedded_at(size_t index);
#endif
