/* SPDX-License-Identifier: MIT */
/* A boundary that a caller makes up, for the tests of what is decided there. */
#ifndef BOUNDARIES_H
#define BOUNDARIES_H

#include <precopyml.h>

/*
 * 20 s after the start: `remaining` bytes are left of a working set of `set` bytes, first written
 * at `write_rate`, on a link that always gave `bandwidth` (both in bytes/s).
 */
static inline struct precopyml_features boundary_at(double remaining, double bandwidth, double set,
                                                    double write_rate)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING, remaining);
    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, remaining);
    precopyml_features_set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, bandwidth);
    precopyml_features_set(&features, PRECOPYML_FEATURE_BANDWIDTH_RECENT, bandwidth);
    precopyml_features_set(&features, PRECOPYML_FEATURE_BANDWIDTH_PEAK, bandwidth);
    precopyml_features_set(&features, PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, bandwidth);
    precopyml_features_set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, set);
    precopyml_features_set(&features, PRECOPYML_FEATURE_WRITE_RATE, write_rate);
    precopyml_features_set(&features, PRECOPYML_FEATURE_ELAPSED, 20);
    return features;
}

#endif
