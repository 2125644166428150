/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: a clock, made-up numbers, and an order for times. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <time.h>

static inline double nanoseconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline double nanoseconds(void)
{
    return nanoseconds_of(CLOCK_MONOTONIC);
}

/* A small generator of its own, so that every run sees the same numbers; [0, 1). */
static inline double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* For qsort() of doubles. */
static inline int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

#endif
