/* SPDX-License-Identifier: MIT */
#include "physics.h"

#include <math.h>

#include "throttled.h"
#include "vector.h"

/* After so many forecast rounds the next ones are alike: the working set has been reached. */
#define SETTLED_ROUNDS 64.0

double physics_remaining(const struct precopyml_features *features)
{
    double remaining = feature_value(features, PRECOPYML_FEATURE_REMAINING_BOUNDARY);

    return isnan(remaining) ? feature_value(features, PRECOPYML_FEATURE_REMAINING) : remaining;
}

/* NaN unless amount >= 0 and rate > 0. */
static double seconds_for(double amount, double rate)
{
    return amount >= 0.0 && rate > 0.0 ? amount / rate : (double)NAN;
}

/*
 * Guest memory takes as much of the wire as when it was last sent again: pages that have become
 * zero, or that compress, need less than their size.
 */
static double wire_bytes(double memory, const struct precopyml_features *features)
{
    double share = feature_value(features, PRECOPYML_FEATURE_RESENT_WIRE_SHARE);

    return share >= 0.0 ? memory * share : memory;
}

/* A whole round also meets instants of zeros, which a stop will hardly meet. */
static double round_bytes(double memory, const struct precopyml_features *features)
{
    double share = feature_value(features, PRECOPYML_FEATURE_ROUND_WIRE_SHARE);

    return share >= 0.0 ? memory * share : wire_bytes(memory, features);
}

/*
 * What is sent off between the decision and the moment the guest stands, s of sending: a slice,
 * unless the guest dirties as fast as that.
 */
static double drained(const struct precopyml_features *features, double bandwidth)
{
    double dirtied = feature_value(features, PRECOPYML_FEATURE_PAGE_DIRTY_RATE);

    if (!(dirtied >= 0.0))
        return 0.0;
    /* Right after a sync a writer dirties at its own speed, also where its set soon fills up. */
    dirtied = fmax(dirtied, feature_value(features, PRECOPYML_FEATURE_WRITE_RATE));
    return fmax(1.0 - dirtied / bandwidth, 0.0) * PHYSICS_SLICE_SECONDS;
}

/* Scaled from PHYSICS_LINK to this link, as far as it is bytes on their way. */
static double overhead_over(double bandwidth, double overhead)
{
    return overhead * (1.0 + PHYSICS_IN_FLIGHT_SHARE * (PHYSICS_LINK / bandwidth - 1.0));
}

double physics_downtime(const struct precopyml_features *features, double remaining,
                        double overhead)
{
    double bandwidth = feature_value(features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH);
    double other = feature_value(features, PRECOPYML_FEATURE_OTHER_PENDING);
    double sending = seconds_for(wire_bytes(remaining, features), bandwidth);

    if (!isnan(sending))
        sending = fmax(sending - drained(features, bandwidth), 0.0);
    if (!isnan(other))
        sending += seconds_for(other, bandwidth);
    return sending + overhead_over(bandwidth, overhead);
}

double physics_speed(const struct precopyml_features *features)
{
    return throttle_leaves(feature_value(features, PRECOPYML_FEATURE_THROTTLE));
}

double physics_dirtied(const struct precopyml_features *features, double seconds)
{
    double working_set = feature_value(features, PRECOPYML_FEATURE_WORKING_SET_SIZE);
    double rate = feature_value(features, PRECOPYML_FEATURE_WRITE_RATE);

    if (!(working_set >= 0.0 && rate >= 0.0 && seconds >= 0.0))
        return NAN;
    if (working_set == 0.0)
        return 0.0;
    return -working_set * expm1(-rate * physics_speed(features) * seconds / working_set);
}

/* Of U(T), what was not dirty anyway, left unsent from before: (W - unsent) (1 - exp(-r T / W)). */
static double newly_dirtied(const struct precopyml_features *features, double seconds,
                            double unsent)
{
    double working_set = feature_value(features, PRECOPYML_FEATURE_WORKING_SET_SIZE);
    double dirtied = physics_dirtied(features, seconds);

    return unsent > 0.0 && dirtied > 0.0 ? dirtied * fmax(1.0 - unsent / working_set, 0.0)
                                         : dirtied;
}

/*
 * What pre-copy sends at, which a cap may hold below what switchover will get. The mean: over the
 * seconds that the rounds to come take, a link that varies does so around it.
 */
static double round_bandwidth(const struct precopyml_features *features)
{
    double mean = feature_value(features, PRECOPYML_FEATURE_BANDWIDTH_MEAN);

    if (isnan(mean))
        mean = feature_value(features, PRECOPYML_FEATURE_BANDWIDTH_RECENT);
    return isnan(mean) ? feature_value(features, PRECOPYML_FEATURE_PAGE_TRANSFER_RATE) : mean;
}

/* Seconds that a sync waits for a throttled vCPU to wake up: half a cycle on average. */
static double sync_wait(const struct precopyml_features *features)
{
    double speed = physics_speed(features);

    return speed < 1.0 ? THROTTLE_SLICE / speed / 2.0 : 0.0;
}

double physics_round(const struct precopyml_features *features, double remaining, double *seconds)
{
    double unsent = feature_value(features, PRECOPYML_FEATURE_UNSENT);

    if (!(remaining >= 0.0))
        return *seconds = NAN;
    if (!(unsent > 0.0))
        unsent = 0.0;
    *seconds = PHYSICS_ROUND_SECONDS + sync_wait(features) +
               seconds_for(round_bytes(fmax(remaining - unsent, 0.0), features),
                           round_bandwidth(features));
    return unsent + newly_dirtied(features, *seconds, unsent);
}

/* QEMU looks again after some slices, or as soon as all is sent; each time it syncs. */
static double until_stopped(const struct precopyml_features *features, double remaining)
{
    double sending = seconds_for(wire_bytes(remaining, features), round_bandwidth(features));

    return fmin(PHYSICS_STOP_SECONDS, sending + 2.0 * PHYSICS_ROUND_SECONDS);
}

/* Running `rounds` rounds more and then stopping. */
static double remaining_time(const struct precopyml_features *features, double overhead)
{
    double rounds = feature_value(features, PRECOPYML_FEATURE_ROUNDS_LEFT);
    double remaining = physics_remaining(features);
    double seconds = 0.0, waited = 0.0, round = 0.0;

    if (!(rounds > 0.0))
        rounds = 0.0;
    for (; round < fmin(rounds, SETTLED_ROUNDS) && !isnan(remaining); round++) {
        remaining = physics_round(features, remaining, &seconds);
        waited += seconds;
    }
    if (rounds > round)
        waited += (rounds - round) * seconds;
    return waited + until_stopped(features, remaining) +
           physics_downtime(features, remaining, overhead);
}

double physics_forecast(enum precopyml_target target, const struct precopyml_features *features,
                        double overhead)
{
    double remaining = physics_remaining(features);
    double seconds;

    switch (target) {
    case PRECOPYML_TARGET_DOWNTIME: return physics_downtime(features, remaining, overhead);
    case PRECOPYML_TARGET_DOWNTIME_NEXT:
        return physics_downtime(features, physics_round(features, remaining, &seconds), overhead);
    case PRECOPYML_TARGET_REMAINING_TIME: return remaining_time(features, overhead);
    default: return NAN;
    }
}
