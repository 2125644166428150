/* SPDX-License-Identifier: MIT */
#include "physics.h"

#include <math.h>

#include "vector.h"

static double boundary_remaining(const struct precopyml_features *features)
{
    double remaining = feature_value(features, PRECOPYML_FEATURE_REMAINING_BOUNDARY);

    return isnan(remaining) ? feature_value(features, PRECOPYML_FEATURE_REMAINING) : remaining;
}

/* NaN unless amount >= 0 and rate > 0. */
static double seconds_for(double amount, double rate)
{
    return amount >= 0.0 && rate > 0.0 ? amount / rate : (double)NAN;
}

/* Downtime of a switchover that has `memory` bytes of guest memory left to send. */
static double downtime_of(double memory, const struct precopyml_features *features, double overhead)
{
    double bandwidth = feature_value(features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH);
    double other = feature_value(features, PRECOPYML_FEATURE_OTHER_PENDING);
    double sending = seconds_for(memory, bandwidth);

    if (!isnan(other))
        sending += seconds_for(other, bandwidth);
    return sending + overhead;
}

double physics_dirtied(const struct precopyml_features *features, double seconds)
{
    double working_set = feature_value(features, PRECOPYML_FEATURE_WORKING_SET_SIZE);
    double rate = feature_value(features, PRECOPYML_FEATURE_WRITE_RATE);

    if (!(working_set >= 0.0 && rate >= 0.0 && seconds >= 0.0))
        return NAN;
    if (working_set == 0.0)
        return 0.0;
    return -working_set * expm1(-rate * seconds / working_set);
}

double physics_forecast(enum precopyml_target target, const struct precopyml_features *features,
                        double overhead)
{
    double remaining = boundary_remaining(features);
    double round;

    switch (target) {
    case PRECOPYML_TARGET_DOWNTIME:
    case PRECOPYML_TARGET_REMAINING_TIME: return downtime_of(remaining, features, overhead);
    case PRECOPYML_TARGET_DOWNTIME_NEXT:
        round =
            seconds_for(remaining, feature_value(features, PRECOPYML_FEATURE_PAGE_TRANSFER_RATE));
        return downtime_of(physics_dirtied(features, round), features, overhead);
    default: return NAN;
    }
}
