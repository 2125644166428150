/* SPDX-License-Identifier: MIT */
/*
 * Stop where J = time + (1 + kappa) x downtime + sigma x lost guest time is expected to be least.
 * At a boundary what is past is paid; stopping at the i-th boundary from now costs wait_i, each
 * second at its price, + (1 + kappa) downtime_i more. Three things can make waiting pay: a boundary
 * ahead that the working set, or the decline so far, leads to; a low phase that the series shows
 * coming; and the chance that the guest changes (patience).
 */
#include <math.h>

#include "bandwidth.h"
#include "policy.h"
#include "vector.h"

/* Chosen on the train part of data/unstopped, by scripts/measure-patience. */
#ifndef OPTIMAL_PATIENCE
#define OPTIMAL_PATIENCE 0.2
#endif

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

/*
 * A throttled vCPU runs in bursts, so what a round leaves varies, and the next one may meet the
 * limit that this one missed; how likely that is nobody knows. Who allowed a throttle wants the
 * limit met: wait for as long again as it took until the throttle helped, which at most doubles
 * what stopping then would have taken. No longer, whatever a forecast says that has not come true.
 */
static int throttle_may_meet(const struct policy_input *input)
{
    double waited = input->outlook->helped;

    return waited * policy_second_cost(input->options, input->features) < input->elapsed - waited;
}

/* Whether a limit that this boundary does not meet is worth going on for. */
static int limit_may_be_met(const struct policy_input *input)
{
    const struct outlook *outlook = input->outlook;
    double limit = input->options->downtime_limit;
    int may_throttle = input->options->throttle_max > 0;

    if (!(limit > 0) || meets_now(outlook, limit))
        return 0;
    if (may_throttle && !isnan(outlook->helped))
        return throttle_may_meet(input);
    return (may_throttle && outlook->untried) || meets(outlook->floor, outlook->floor_upper, limit);
}

/* Seconds of waiting that a second less of downtime is worth. */
static double worth_of(const struct policy_input *input)
{
    return (1 + input->options->kappa) / policy_second_cost(input->options, input->features);
}

/* `wait` seconds from now stopping costs `downtime`: less in all than now? NaN: no. */
static int is_better(const struct outlook *outlook, double worth, double wait, double downtime)
{
    return wait + worth * downtime < worth * outlook->plan.now;
}

static int waiting_pays(const struct outlook *outlook, double worth)
{
    const struct levels *plan = &outlook->plan;

    for (unsigned i = 0; i < outlook->steps; i++) {
        if (is_better(outlook, worth, outlook->wait[i], plan->ahead[i]))
            return 1;
    }
    return is_better(outlook, worth, outlook->wait[0], plan->falling) ||
           (!isnan(outlook->low_wait) &&
            is_better(outlook, worth, fmax(outlook->low_wait, outlook->wait[0]), plan->low));
}

/*
 * A guest that nothing has been seen to change may still change. With the scale-free prior on how
 * long guests stay as they are (a Pareto tail of exponent a = OPTIMAL_PATIENCE), after T seconds
 * without a change the chance of one in the next second is a / T, and waiting pays while that x
 * what a change can save is worth more than the second itself. The chance only falls, so stopping
 * as soon as it does not pay is optimal. It costs at most the share a of J. Every fall that was
 * seen counts as one more in the posterior mean, back to the level seen then.
 */
static int may_change(const struct outlook *outlook, double worth, double elapsed)
{
    const struct levels *plan = &outlook->plan;
    double chances = OPTIMAL_PATIENCE * (plan->now - plan->nothing);

    if (!isnan(plan->low))
        chances = fmax(chances, (OPTIMAL_PATIENCE + outlook->falls) * (plan->now - plan->low));
    return elapsed < worth * chances;
}

/*
 * Waiting for a slow link to recover is renting skis: nobody knows for how long. Wait as long as
 * the recovery would save, which is never more than twice what knowing it would have cost.
 */
static int link_may_recover(const struct outlook *outlook, double worth)
{
    return outlook->slow_wait < worth * (outlook->now.value - outlook->full_speed);
}

static struct policy_answer decide(const struct policy_input *input)
{
    const struct precopyml_session_options *options = input->options;
    const struct outlook *outlook = input->outlook;
    double limit = options->downtime_limit, worth = worth_of(input);

    if (options->stop_when_met && meets_now(outlook, limit))
        return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_LIMIT_MET, 0};
    if (in_bandwidth_drop(input->features) || link_may_recover(outlook, worth))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_BANDWIDTH_DROP, 0};
    if (outlook->steps == 0) /* nothing known of the future is no reason to stop */
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_UNKNOWN_INPUT, 0};
    if (limit_may_be_met(input))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_ABOVE_LIMIT, 0};
    if (waiting_pays(outlook, worth) || may_change(outlook, worth, input->elapsed))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_PAYS, 0};
    return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_NO_GAIN, 0};
}

const struct policy policy_optimal = {
    .name = "optimal",
    .summary = "least expected time + (1 + kappa) x downtime, looking some rounds ahead",
    .by_bound = 1,
    .decide = decide,
};
