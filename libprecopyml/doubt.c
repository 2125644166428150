/* SPDX-License-Identifier: MIT */
#include "doubt.h"

#include <math.h>

#include "physics.h"
#include "vector.h"

/* Chosen on the train part of data/, where bounds hardly depend on them (docs/calibration.md). */
#define LEAST_DOUBT    0.1   /* changes of link and guest that nothing announces */
#define TIMING_SECONDS 0.020 /* that the hypervisor's moments vary by, whatever the downtime */

/*
 * Dirty pages that were zero, or compressed, when they were sent last can be data again when the
 * guest stands: what that would make of the forecast.
 */
static double doubt_of_content(const struct precopyml_features *features, double overhead)
{
    struct precopyml_features data = *features;
    double remaining = physics_remaining(features), ratio;

    if (!(feature_value(features, PRECOPYML_FEATURE_RESENT_WIRE_SHARE) < 1.0))
        return 0.0;
    feature_put(&data, PRECOPYML_FEATURE_RESENT_WIRE_SHARE, 1.0);
    ratio = physics_downtime(&data, remaining, overhead) /
            physics_downtime(features, remaining, overhead);
    return ratio > 1.0 ? log(ratio) : 0.0;
}

double doubt_of(const struct precopyml_features *features, double overhead, double value)
{
    double doubt =
        LEAST_DOUBT + log1p(TIMING_SECONDS / value) + doubt_of_content(features, overhead);

    return isfinite(doubt) ? doubt : (double)NAN;
}
