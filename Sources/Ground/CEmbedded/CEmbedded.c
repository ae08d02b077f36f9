// SPDX-License-Identifier: Apache-2.0
#include "CEmbedded.h"

/* #embed is of C23; the compilers of Swift 6.2 and later have it in every mode. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char acknowledgement_1_0_0[] = {
#embed "../../../schemas/acknowledgement/1.0.0/schema.json"
};
static const unsigned char envelope_1_0_0[] = {
#embed "../../../schemas/envelope/1.0.0/schema.json"
};
static const unsigned char referral_1_0_0[] = {
#embed "../../../schemas/referral/1.0.0/schema.json"
};
static const unsigned char referral_1_1_0[] = {
#embed "../../../schemas/referral/1.1.0/schema.json"
};

static const struct cembedded_file files[] = {
  {"schemas/acknowledgement/1.0.0/schema.json", acknowledgement_1_0_0,
   sizeof acknowledgement_1_0_0},
  {"schemas/envelope/1.0.0/schema.json", envelope_1_0_0, sizeof envelope_1_0_0},
  {"schemas/referral/1.0.0/schema.json", referral_1_0_0, sizeof referral_1_0_0},
  {"schemas/referral/1.1.0/schema.json", referral_1_1_0, sizeof referral_1_1_0},
};

size_t cembedded_count(void) { return sizeof files / sizeof files[0]; }

struct cembedded_file cembedded_at(size_t index) { return files[index]; }
