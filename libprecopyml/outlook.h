/* SPDX-License-Identifier: MIT */
/*
 * What stopping now would cost and what going on would bring: the model's forecast of now, carried
 * forward by the working set that physics sees. All policies decide from this alone.
 */
#ifndef OUTLOOK_H
#define OUTLOOK_H

#include <precopyml.h>

#include "phases.h"

/* Rounds that are looked ahead; beyond them the guest will have changed anyway. */
enum { OUTLOOK_STEPS = 12 };

/* Downtimes, s, of stopping now or later. NaN unknown. */
struct levels {
    double now;
    double ahead[OUTLOOK_STEPS]; /* at the i-th boundary from now */
    double falling; /* at the next boundary, should what remains fall once more as it did last; NaN:
                       it did not fall */
    double low;     /* at the level of the low phase that was seen last; NaN: none, or in it */
    double nothing; /* were nothing left to send: no waiting can come below */
};

struct outlook {
    struct precopyml_estimate now; /* downtime of stopping at this boundary */
    unsigned steps;                /* boundaries ahead below; 0: nothing known of the future */
    double wait[OUTLOOK_STEPS];    /* s from now until the i-th */
    struct levels forecast;
    /*
     * The same as a plan takes them, without what may not come true: the slice that QEMU sends off
     * before the guest stands, which makes all that takes less than it look alike, and zeros that
     * were data a moment ago.
     */
    struct levels plan;
    double low_wait;   /* s until the low phase is expected again; NaN: no telling when */
    double slow_wait;  /* s for which the link has been slower than half its best; NaN: it is not */
    double full_speed; /* downtime at that best rate; s */
    int untried;       /* a throttle has come into force that no round has shown the effect of */
    double helped;     /* s since this throttle first brought what remains under half; NaN: never */
    unsigned falls;    /* times that what remains was seen to fall to a lower phase */
    double floor;      /* least downtime of all forecast levels; s */
    double floor_lower;     /* its lower bound; NaN while unknown */
    double floor_upper;     /* its upper bound; NaN while unknown */
    double remaining_time;  /* from now to the end, stopping now; s */
    double scale, overhead; /* of outlook_downtime() */
};

/*
 * `phases` and `time`, that of the boundary: what was seen of the series; NULL: nothing. 0, or what
 * model_predict() says: nothing is known then and the guest must go on.
 */
int outlook_make(const precopyml_model *model, const struct precopyml_features *features,
                 const struct phases *phases, double time, double confidence, void *scratch,
                 struct outlook *outlook);

/*
 * Downtime of a switchover with `remaining` bytes left, s: the level is the model's, the shape
 * physics'; downtime = downtime_now x physics(remaining) / physics_now.
 */
double outlook_downtime(const struct outlook *outlook, const struct precopyml_features *features,
                        double remaining);

#endif
