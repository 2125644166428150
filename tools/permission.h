/* SPDX-License-Identifier: MIT */
/*
 * How much `downtime-limit` lets QEMU switch over now.
 *
 * QEMU stops the guest when `pending <= bandwidth x limit`, where pending is what a fresh sync of
 * the dirty bitmap finds and bandwidth its last 100 ms sample. The limit that makes this true is
 * not the downtime: pages of zeros and a rate cap that is lifted at switchover make the true
 * downtime far smaller. So the permission is worked out in QEMU's own terms.
 */
#ifndef PERMISSION_H
#define PERMISSION_H

#include <stddef.h>

#define DOWNTIME_LIMIT_MAX_MS 2000000.0 /* what QEMU accepts at most */

/*
 * While the model is not calibrated its point times this stands for the upper bound. Of the 232
 * stops in the train part of data/ all but one took at most 1.97 times their forecast; rounded up.
 * The one (6.6 times) was of pages that had been zero a round before: those the permission covers
 * by what remains, whatever the pages hold.
 */
#define UNCALIBRATED_FACTOR 2.0

/* The bandwidth samples of the last second. All zero to begin with. */
struct recent_bandwidth {
    double t[32], value[32];
    size_t next;
};

/* A sample of `bandwidth` bytes/s at `t`; what is not positive is left out. */
void recent_bandwidth_add(struct recent_bandwidth *recent, double t, double bandwidth);

/* The lowest of the last second before `now`; NaN when there is none. */
double recent_bandwidth_lowest(const struct recent_bandwidth *recent, double now);

struct permission_terms {
    double remaining;  /* bytes at the boundary */
    double dirty_rate; /* bytes/s that the guest dirties; NaN: unknown */
    double bandwidth;  /* bytes/s, the lowest that QEMU may calculate with; NaN: unknown */
    double downtime;   /* s, our forecast */
    double upper;      /* s, its upper bound; NaN: not calibrated */
};

/* The longest that a downtime is expected to be, s, of a forecast and its upper bound, if any. */
double permission_upper(double downtime, double upper);

/* Whole milliseconds, 1 to DOWNTIME_LIMIT_MAX_MS. */
double permission_ms(const struct permission_terms *terms);

/*
 * What holds QEMU off while we decide: a third of `limit_ms`, our limit (0: none, then of the
 * operator's). Never more than the operator's own, for that would give QEMU more rope than it had,
 * and never 0: with 0 QEMU passes its test only when nothing is pending before the last sync and
 * then stops the guest however much that sync finds.
 */
double hold_default_ms(double limit_ms, double operator_ms);

#endif
