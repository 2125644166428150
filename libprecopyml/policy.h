/* SPDX-License-Identifier: MIT */
/* The policies' common interface: from an outlook and the operator's wishes to a verdict. */
#ifndef POLICY_H
#define POLICY_H

#include "outlook.h"

struct policy_input {
    const struct precopyml_session_options *options; /* complete */
    const struct precopyml_features *features;
    const struct outlook *outlook;
    double elapsed; /* s since the start; NaN unknown */
};

struct policy_answer {
    uint32_t verdict;
    uint32_t reason;
    uint32_t advice;
};

struct policy {
    const char *name;
    const char *summary;
    int needs_limit; /* options->downtime_limit must be set */
    int needs_bound; /* options->confidence must be */
    int by_bound;    /* the limit is held against the upper bound, where there is one */
    struct policy_answer (*decide)(const struct policy_input *input);
};

extern const struct policy policy_optimal, policy_threshold, policy_slo;

/*
 * What a second of going on costs, in seconds of migrating: itself, and the guest time that a
 * throttle takes away in it. 1 or more.
 */
double policy_second_cost(const struct precopyml_session_options *options,
                          const struct precopyml_features *features);

/* NULL: the default; an unknown name: NULL. */
const struct policy *policy_find(const char *name);

/*
 * Runs the policy between the rules that hold for all: empty, throttle, hard maximum, deadline.
 * *throttle: percent, NaN unless the verdict is THROTTLE.
 */
struct policy_answer policy_decide(const struct policy *policy, const struct policy_input *input,
                                   double *throttle);

#endif
