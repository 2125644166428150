/* SPDX-License-Identifier: MIT */
/*
 * A manager looks at the migration every so many seconds; of a recorded one it can only see the
 * samples, so it looks at the first that comes when its time has.
 */
#ifndef POLL_CLOCK_H
#define POLL_CLOCK_H

#include <stdbool.h>

struct poll_clock {
    double next; /* s since the start; 0: at the first sample */
};

/* Floating-point sums of intervals must not miss a sample that is due. */
#define POLL_CLOCK_SLACK 1e-9

static inline bool poll_clock_is_due(struct poll_clock *clock, double elapsed, double interval)
{
    if (!(elapsed >= clock->next - POLL_CLOCK_SLACK))
        return false;
    clock->next = elapsed + interval;
    return true;
}

#endif
