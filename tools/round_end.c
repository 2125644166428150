/* SPDX-License-Identifier: MIT */
#include "round_end.h"

#include <math.h>

#include "counter.h"

/* QEMU lets a throttled vCPU run for so long at a time, s. */
#define SLICE 0.010

/* QEMU works out anew what its limit allows so often, s. */
#define QEMU_WINDOW 0.100

/* Between two looks, and what a command takes, s. */
#define LOOK 0.020

static double cycle(const struct precopyml_stats *stats)
{
    double percent = counter(stats, PRECOPYML_STAT_THROTTLE);

    return percent > 0 ? SLICE / (1 - percent / 100) : 0;
}

bool round_end_matters(const struct precopyml_stats *stats, double bandwidth)
{
    return cycle(stats) >= 2 * QEMU_WINDOW &&
           counter(stats, PRECOPYML_STAT_REMAINING) <= bandwidth * cycle(stats);
}

bool round_end_is_near(double remaining, double bandwidth)
{
    return remaining <= bandwidth * (QEMU_WINDOW + LOOK);
}

bool round_end_comes_early(double remaining, double bandwidth)
{
    return remaining <= bandwidth * QEMU_WINDOW;
}

double round_end_limit_ms(double limit, double overhead, double bandwidth, double calculated)
{
    double ms = floor(1e3 * (limit - overhead) * bandwidth / calculated);

    return fmax(ms, ROUND_END_HOLD_MS); /* fmax ignores a NaN */
}
