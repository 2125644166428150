/* SPDX-License-Identifier: MIT */
/*
 * Stop where J = time + (1 + kappa) x downtime is expected to be least. At a boundary what is past
 * is paid; stopping at the i-th boundary from now costs wait_i + (1 + kappa) downtime_i more. With
 * one step this is the look-ahead rule "continue while lambda < kappa' / (kappa' + 1)", kappa' = 1
 * + kappa, which is optimal when lambda only grows; looking some rounds further also waits out a
 * burst and does not stop in the first decline. A plateau ends at once: nothing there is expected
 * to fall.
 */
#include <math.h>

#include "bandwidth.h"
#include "policy.h"
#include "vector.h"

static int in_bandwidth_drop(const struct precopyml_features *features)
{
    return bandwidth_in_drop(feature_value(features, PRECOPYML_FEATURE_BANDWIDTH_RECENT),
                             feature_value(features, PRECOPYML_FEATURE_BANDWIDTH_PEAK));
}

/* A limit is held against the upper bound; against the forecast where no bound is known. */
static int meets(double downtime, double upper, double limit)
{
    return (isnan(upper) ? downtime : upper) <= limit;
}

static int meets_now(const struct outlook *outlook, double limit)
{
    return limit > 0 && meets(outlook->now.value, outlook->now.upper, limit);
}

/* Whether some boundary ahead meets the limit that this one does not. */
static int limit_ahead(const struct outlook *outlook, double limit)
{
    return limit > 0 && !meets_now(outlook, limit) &&
           meets(outlook->floor, outlook->floor_upper, limit);
}

static int waiting_pays(const struct outlook *outlook, double kappa)
{
    double stop_now = (1 + kappa) * outlook->now.value;

    for (unsigned i = 0; i < outlook->steps; i++) {
        if (outlook->wait[i] + (1 + kappa) * outlook->downtime[i] < stop_now)
            return 1;
    }
    return 0;
}

static struct policy_answer decide(const struct policy_input *input)
{
    const struct precopyml_session_options *options = input->options;
    const struct outlook *outlook = input->outlook;
    double limit = options->downtime_limit;

    if (options->stop_when_met && meets_now(outlook, limit))
        return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_LIMIT_MET, 0};
    if (in_bandwidth_drop(input->features))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_BANDWIDTH_DROP, 0};
    if (outlook->steps == 0) /* nothing known of the future is no reason to stop */
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_UNKNOWN_INPUT, 0};
    if (limit_ahead(outlook, limit))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_ABOVE_LIMIT, 0};
    if (waiting_pays(outlook, options->kappa))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_PAYS, 0};
    return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_NO_GAIN, 0};
}

const struct policy policy_optimal = {
    .name = "optimal",
    .summary = "least expected time + (1 + kappa) x downtime, looking some rounds ahead",
    .decide = decide,
};
