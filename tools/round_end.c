/* SPDX-License-Identifier: MIT */
#include "round_end.h"

#include <math.h>

#include "counter.h"
#include "permission.h"

/* QEMU lets a throttled vCPU run for so long at a time, s. */
#define SLICE 0.010

/* From here on it sleeps for two of QEMU's windows and more. */
#define HARD_PERCENT 95.0

/* QEMU works out anew what its limit allows so often, s. */
#define QEMU_WINDOW 0.100

/* Between two looks, and what a command takes, s. */
#define LOOK 0.020

bool round_end_matters(const struct precopyml_stats *stats, double bandwidth)
{
    double percent = counter(stats, PRECOPYML_STAT_THROTTLE);
    double cycle = SLICE / (1 - percent / 100);

    return percent >= HARD_PERCENT && counter(stats, PRECOPYML_STAT_REMAINING) <= bandwidth * cycle;
}

bool round_end_is_near(double remaining, double bandwidth)
{
    return remaining <= bandwidth * (QEMU_WINDOW + LOOK);
}

bool round_end_comes_early(double remaining, double bandwidth)
{
    return remaining <= bandwidth * QEMU_WINDOW;
}

double round_end_limit_ms(const struct round_end_terms *terms)
{
    double rest = terms->downtime - terms->remaining / terms->bandwidth;
    double bytes = (terms->longest - fmax(rest, terms->overhead)) * terms->bandwidth;
    double ms = floor(1e3 * fmax(bytes, terms->least * terms->remaining) / terms->calculated);

    /* fmax ignores a NaN. */
    return fmin(fmax(ms, ROUND_END_HOLD_MS), DOWNTIME_LIMIT_MAX_MS);
}
