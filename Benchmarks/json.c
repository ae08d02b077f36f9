/* A strict reader of JSON that keeps nothing: syntax, UTF-8, depth, members that must be there.
   SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH = 32, MEMBERS = 8 };

struct reader {
  const unsigned char *at, *end;
  const char *const *required;
  unsigned missing; /* one bit for each required member of the outermost object */
  int depth;
};

static void skip_space(struct reader *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
    r->at++;
}

static bool take(struct reader *r, char wanted) {
  if (r->at >= r->end || *r->at != (unsigned char)wanted) return false;
  r->at++;
  return true;
}

static bool take_word(struct reader *r, const char *word) {
  size_t count = strlen(word);
  if ((size_t)(r->end - r->at) < count || memcmp(r->at, word, count) != 0) return false;
  r->at += count;
  return true;
}

static bool is_hex(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
static bool take_multibyte(struct reader *r) {
  const unsigned char *p = r->at;
  size_t left = (size_t)(r->end - p);
  unsigned char lead = p[0], low = 0x80, high = 0xBF;
  size_t count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || left < count) return false;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (p[1] < low || p[1] > high) return false;
  for (size_t i = 2; i < count; i++)
    if ((p[i] & 0xC0) != 0x80) return false;
  r->at += count;
  return true;
}

static bool take_string(struct reader *r) {
  if (!take(r, '"')) return false;
  while (r->at < r->end) {
    unsigned char c = *r->at;
    if (c == '"') {
      r->at++;
      return true;
    }
    if (c < 0x20) return false;
    if (c >= 0x80) {
      if (!take_multibyte(r)) return false;
    } else if (c != '\\') {
      r->at++;
    } else if (r->end - r->at < 2) {
      return false;
    } else if (r->at[1] == 'u') {
      if (r->end - r->at < 6) return false;
      for (int i = 2; i < 6; i++)
        if (!is_hex(r->at[i])) return false;
      r->at += 6;
    } else {
      if (strchr("\"\\/bfnrt", r->at[1]) == NULL) return false;
      r->at += 2;
    }
  }
  return false;
}

static bool take_digits(struct reader *r) {
  const unsigned char *start = r->at;
  while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
  return r->at > start;
}

static bool take_number(struct reader *r) {
  take(r, '-');
  if (!take(r, '0') && !take_digits(r)) return false;
  if (take(r, '.') && !take_digits(r)) return false;
  if (take(r, 'e') || take(r, 'E')) {
    if (!take(r, '+')) take(r, '-');
    return take_digits(r);
  }
  return true;
}

static bool take_value(struct reader *r);

static void note_member(struct reader *r, const unsigned char *name, size_t count) {
  if (r->depth != 1) return;
  for (int i = 0; i < MEMBERS && r->required[i] != NULL; i++)
    if (strlen(r->required[i]) == count && memcmp(r->required[i], name, count) == 0)
      r->missing &= ~(1U << i);
}

static bool take_members(struct reader *r) {
  skip_space(r);
  if (take(r, '}')) return true;
  for (;;) {
    skip_space(r);
    const unsigned char *name = r->at + 1;
    if (!take_string(r)) return false;
    note_member(r, name, (size_t)(r->at - 1 - name));
    skip_space(r);
    if (!take(r, ':') || !take_value(r)) return false;
    if (take(r, '}')) return true;
    if (!take(r, ',')) return false;
  }
}

static bool take_elements(struct reader *r) {
  skip_space(r);
  if (take(r, ']')) return true;
  for (;;) {
    if (!take_value(r)) return false;
    if (take(r, ']')) return true;
    if (!take(r, ',')) return false;
  }
}

static bool take_value(struct reader *r) {
  bool good = false;
  skip_space(r);
  if (r->at >= r->end || r->depth >= DEPTH) return false;
  switch (*r->at) {
  case '{':
  case '[': {
    bool is_object = *r->at++ == '{';
    r->depth++;
    good = is_object ? take_members(r) : take_elements(r);
    r->depth--;
    break;
  }
  case '"': good = take_string(r); break;
  case 't': good = take_word(r, "true"); break;
  case 'f': good = take_word(r, "false"); break;
  case 'n': good = take_word(r, "null"); break;
  default: good = take_number(r); break;
  }
  skip_space(r);
  return good;
}

int is_sound_json(const void *octets, size_t count, const char *const *required) {
  struct reader r = { octets, (const unsigned char *)octets + count, required, 0, 0 };
  for (int i = 0; i < MEMBERS && required[i] != NULL; i++) r.missing |= 1U << i;
  return count > 0 && r.at[0] == '{' && take_value(&r) && r.at == r.end && r.missing == 0;
}
