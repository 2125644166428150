/* SPDX-License-Identifier: MIT */
/*
 * How long a link has stood still: nothing was sent, though something remained. A sync may hold the
 * sender up, too, and a throttled guest a sync; what those explain is no standstill of the link.
 */
#ifndef STANDSTILL_H
#define STANDSTILL_H

#include <precopyml.h>

struct standstill {
    double seconds;  /* of the latest windows in which nothing was sent */
    double syncs;    /* the count at the end of the latest window */
    double remained; /* bytes, there too */
    double pause;    /* s, the longest that a single sync took so far */
    unsigned synced; /* windows with a sync in or right before these */
};

void standstill_reset(struct standstill *standstill);

/* A window of so many seconds in which so many bytes were sent; the snapshot at its end. */
void standstill_add(struct standstill *standstill, const struct precopyml_stats *stats,
                    double seconds, double bytes);

/* Seconds, beyond what a sync and this throttle (percent, NaN: none) explain; 0 or more. */
double standstill_of(const struct standstill *standstill, double throttle);

#endif
