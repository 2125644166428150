/* SPDX-License-Identifier: MIT */
/* A tracker that follows a hand-made guest. */
#ifndef TRACKED_H
#define TRACKED_H

#include <math.h>

#include "feature_extraction.h"
#include "snapshots.h"
#include "vector.h"

static const struct guest guest = {1000e6, 300e6, 100e6, 1};

static inline void assert_near(double value, double expected, double share)
{
    if (!(fabs(value - expected) <= share * fabs(expected)))
        fail_msg("%g is not within %g of %g", value, share, expected);
}

/* Polls the guest every `period` until `end`; returns the boundaries seen. */
static inline unsigned poll_guest(struct tracker *tracker, const struct guest *which, double period,
                                  double end)
{
    unsigned boundaries = 0;

    tracker_reset(tracker);
    for (double t = period / 2; t < end; t += period) {
        struct precopyml_stats stats = guest_at(which, t);

        boundaries += tracker_observe(tracker, &stats) == BOUNDARY_NEW;
    }
    return boundaries;
}

#endif
