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

struct outlook {
    struct precopyml_estimate now;  /* downtime of stopping at this boundary */
    unsigned steps;                 /* future boundaries below; 0: nothing known of the future */
    double downtime[OUTLOOK_STEPS]; /* s, stopping at the i-th boundary from now */
    double wait[OUTLOOK_STEPS];     /* s from now until that boundary */
    double falling; /* downtime at the next boundary, should what remains fall once more as it did
                       last; NaN: it did not fall */
    double nothing; /* downtime were nothing left to send: no waiting can come below; s */
    double low; /* downtime at the level of the low phase that was seen last; NaN none, or in it */
    double low_wait;   /* s until that is expected again; NaN: the series does not show when */
    double slow_wait;  /* s for which the link has been slower than half its best; NaN: it is not */
    double full_speed; /* downtime at that best rate; s */
    unsigned falls;    /* times that what remains was seen to fall to a lower phase */
    double floor;      /* least downtime of all these, and now; s */
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
