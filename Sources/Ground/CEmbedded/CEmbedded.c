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
static const unsigned char provisions[] = {
#embed "../../../schemas/codelists/provisions.json"
};
static const unsigned char reflection_limits[] = {
#embed "../../../schemas/codelists/reflection-limits.json"
};
static const unsigned char residence_grounds[] = {
#embed "../../../schemas/codelists/residence-grounds.json"
};
static const unsigned char statistics_1_0_0[] = {
#embed "../../../schemas/statistics/1.0.0/schema.json"
};
static const unsigned char statistics_envelope_1_0_0[] = {
#embed "../../../schemas/statistics-envelope/1.0.0/schema.json"
};
static const unsigned char submission_1_0_0[] = {
#embed "../../../schemas/submission/1.0.0/schema.json"
};
static const unsigned char submission_1_1_0[] = {
#embed "../../../schemas/submission/1.1.0/schema.json"
};

static const struct cembedded_file files[] = {
  {"schemas/acknowledgement/1.0.0/schema.json", acknowledgement_1_0_0,
   sizeof acknowledgement_1_0_0},
  {"schemas/envelope/1.0.0/schema.json", envelope_1_0_0, sizeof envelope_1_0_0},
  {"schemas/referral/1.0.0/schema.json", referral_1_0_0, sizeof referral_1_0_0},
  {"schemas/referral/1.1.0/schema.json", referral_1_1_0, sizeof referral_1_1_0},
  {"schemas/codelists/provisions.json", provisions, sizeof provisions},
  {"schemas/codelists/reflection-limits.json", reflection_limits, sizeof reflection_limits},
  {"schemas/codelists/residence-grounds.json", residence_grounds, sizeof residence_grounds},
  {"schemas/statistics/1.0.0/schema.json", statistics_1_0_0, sizeof statistics_1_0_0},
  {"schemas/statistics-envelope/1.0.0/schema.json", statistics_envelope_1_0_0,
   sizeof statistics_envelope_1_0_0},
  {"schemas/submission/1.0.0/schema.json", submission_1_0_0, sizeof submission_1_0_0},
  {"schemas/submission/1.1.0/schema.json", submission_1_1_0, sizeof submission_1_1_0},
};

size_t cembedded_count(void) { return sizeof files / sizeof files[0]; }

struct cembedded_file cembedded_at(size_t index) { return files[index]; }
