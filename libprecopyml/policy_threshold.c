/* SPDX-License-Identifier: MIT */
/* Stop as soon as the forecast, or its calibrated upper bound, is within the limit. */
#include <math.h>

#include "policy.h"

static struct policy_answer stop_within(double downtime, double limit)
{
    if (downtime <= limit)
        return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_LIMIT_MET, 0};
    return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_ABOVE_LIMIT, 0};
}

static struct policy_answer decide_threshold(const struct policy_input *input)
{
    return stop_within(input->outlook->now.value, input->options->downtime_limit);
}

static struct policy_answer decide_slo(const struct policy_input *input)
{
    double upper = input->outlook->now.upper;

    if (isnan(upper))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_BOUND_UNKNOWN, 0};
    return stop_within(upper, input->options->downtime_limit);
}

const struct policy policy_threshold = {
    .name = "threshold",
    .summary = "Algorithm 1 of the paper: stop when the predicted downtime is within the limit",
    .needs_limit = 1,
    .decide = decide_threshold,
};

const struct policy policy_slo = {
    .name = "slo",
    .summary = "stop when the calibrated upper bound of the downtime is within the limit",
    .needs_limit = 1,
    .needs_bound = 1,
    .by_bound = 1,
    .decide = decide_slo,
};
