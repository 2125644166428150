/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include <math.h>

#include "bandwidth.h"
#include "physics.h"
#include "vector.h"

/* Percentages tried, evenly spaced on a log scale of the vCPU time that is left. */
enum { TRIED = 8, ROUNDS = 16 };
/* Of two that cost the same within this, the gentler one. */
#define SAME_COST 1.05
/*
 * A set that is dirty as a whole after every round hides how fast it is written. Where a round was
 * so many times longer than writing the set once takes, or only one round is known, the writer is
 * taken for as fast as this, bytes/s of vCPU time: the fastest of such guests once a throttle
 * slowed them, in the train part of data/throttled (scripts/measure-throttle). The fastest, for too
 * weak a throttle costs rounds, a harder one is over sooner.
 */
#define HIDES_AT     8.0
#define HIDDEN_SPEED 3.3e9

/* The smaller of the limit, as `share` of it, and the hard maximum; 0: neither is set. */
static double tightest_limit(const struct precopyml_session_options *options, double share)
{
    double limit = share * options->downtime_limit;

    return limit > 0 && options->hard_max > 0 ? fmin(limit, options->hard_max)
                                              : fmax(limit, options->hard_max);
}

/*
 * What the forecast must not exceed for its upper bound, where there is one, to meet the limit. Of
 * the downtimes with a bound the floor is the nearest to it.
 */
static double target_of(const struct policy_input *input)
{
    const struct outlook *outlook = input->outlook;

    return tightest_limit(input->options,
                          isnan(outlook->floor_upper) ? 1 : outlook->floor / outlook->floor_upper);
}

static double in_force(const struct precopyml_features *features)
{
    double percent = feature_value(features, PRECOPYML_FEATURE_THROTTLE);

    return percent > 0 ? percent : 0;
}

static double likely_speed(const struct precopyml_features *features)
{
    double fitted = feature_value(features, PRECOPYML_FEATURE_WRITE_RATE);
    double once =
        feature_value(features, PRECOPYML_FEATURE_WORKING_SET_SIZE) /
        (feature_value(features, PRECOPYML_FEATURE_ROUND_LENGTH) * physics_speed(features));
    int only_round = isnan(feature_value(features, PRECOPYML_FEATURE_LAMBDA));

    /* Such a fit may have any great number; sure is that the set was written once. */
    return only_round || fitted > HIDES_AT * once ? fmax(once, HIDDEN_SPEED) : fitted;
}

/* J of what is still to come when `percent` is asked for here: it bites at the next sync. */
static double cost_of(const struct policy_input *input, double percent, double target)
{
    const struct precopyml_session_options *options = input->options;
    struct precopyml_features features = *input->features;
    double remaining = physics_remaining(&features);
    double cost = 0, seconds, downtime;

    for (int round = 0; round < ROUNDS; round++) {
        if (round == 1)
            feature_put(&features, PRECOPYML_FEATURE_THROTTLE, percent);
        remaining = physics_round(&features, remaining, &seconds);
        downtime = outlook_downtime(input->outlook, &features, remaining);
        cost += seconds * policy_second_cost(options, &features);
        if (!(downtime > target)) /* a NaN makes the cost one, which never wins */
            return cost + (1 + options->kappa) * downtime;
    }
    return INFINITY;
}

static int is_needed(const struct policy_input *input, double target)
{
    const struct precopyml_features *features = input->features;

    return target > 0 && input->options->throttle_max > in_force(features) &&
           input->outlook->floor > target &&
           !bandwidth_in_drop(feature_value(features, PRECOPYML_FEATURE_BANDWIDTH_RECENT),
                              feature_value(features, PRECOPYML_FEATURE_BANDWIDTH_PEAK));
}

/*
 * What brings the forecast of a guest that writes at `speed` within `target` at least cost,
 * percent; NaN: nothing, or none needed.
 */
static double percent_within(const struct policy_input *input, double target, double speed)
{
    struct precopyml_features features = *input->features;
    struct policy_input supposed = *input;
    double most = input->options->throttle_max, least = in_force(&features);
    double best = INFINITY, chosen = NAN;

    if (!is_needed(input, target))
        return NAN;
    feature_put(&features, PRECOPYML_FEATURE_WRITE_RATE, speed);
    supposed.features = &features;
    for (int i = TRIED; i > 0; i--) { /* from the hardest to the gentlest */
        double left = pow((100 - most) / (100 - least), i / (double)TRIED);
        double percent = fmin(ceil(100 - (100 - least) * left), most);
        double cost = cost_of(&supposed, percent, target);

        if (cost <= best * SAME_COST) {
            best = fmin(best, cost);
            chosen = percent;
        }
    }
    return isfinite(best) ? chosen : (double)NAN;
}

double throttle_percent(const struct policy_input *input, int by_bound)
{
    double limit = tightest_limit(input->options, 1);
    double fitted = feature_value(input->features, PRECOPYML_FEATURE_WRITE_RATE);
    double likely = likely_speed(input->features);
    double percent = by_bound ? percent_within(input, target_of(input), likely) : (double)NAN;

    /* Where no throttle brings a wide bound within the limit, the forecast at least. */
    if (isnan(percent))
        percent = percent_within(input, limit, likely);
    /* A guest taken for so fast that none helps may be slower: what it answers to all will show. */
    if (isnan(percent) && likely > fitted && !isnan(percent_within(input, limit, fitted)))
        percent = input->options->throttle_max;
    return percent;
}
