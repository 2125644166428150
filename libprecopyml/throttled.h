/* SPDX-License-Identifier: MIT */
/* What a throttle leaves a guest, from the percentage of vCPU time that it takes away. */
#ifndef THROTTLED_H
#define THROTTLED_H

#include <math.h>

/* Percent: a hypervisor that is ready to throttle may begin with so little. */
#define THROTTLE_NONE 1.0
/* And the most that takes away: a guest that has no time at all is stopped, not throttled. */
#define THROTTLE_MOST 99.0

/*
 * QEMU lets a throttled vCPU run so long, s, then sleep for the rest of a cycle of this / what is
 * left; a sync that wants a word with the vCPU waits for the sleep's end.
 */
#define THROTTLE_SLICE 0.010

/* The share of vCPU time that is left, 0.01 to 1. NaN: nothing is taken away. */
static inline double throttle_leaves(double percent)
{
    return percent > 0 ? 1 - fmin(percent, THROTTLE_MOST) / 100 : 1.0;
}

#endif
