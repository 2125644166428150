/* SPDX-License-Identifier: MIT */
/*
 * What stopping now would cost and what going on would bring: the model's forecast of now, carried
 * forward by the working set that physics sees. All policies decide from this alone.
 */
#ifndef OUTLOOK_H
#define OUTLOOK_H

#include <precopyml.h>

/* Rounds that are looked ahead; beyond them the guest will have changed anyway. */
enum { OUTLOOK_STEPS = 12 };

struct outlook {
    struct precopyml_estimate now;  /* downtime of stopping at this boundary */
    unsigned steps;                 /* future boundaries below; 0: nothing known of the future */
    double downtime[OUTLOOK_STEPS]; /* s, stopping at the i-th boundary from now */
    double wait[OUTLOOK_STEPS];     /* s from now until that boundary */
    double floor;                   /* least downtime of all these, and now; s */
    double floor_lower;             /* its lower bound; NaN while unknown */
    double floor_upper;             /* its upper bound; NaN while unknown */
    double remaining_time;          /* from now to the end, stopping now; s */
    double scale, overhead;         /* of outlook_downtime() */
};

/* 0, or what model_predict() says: nothing is known then and the guest must go on. */
int outlook_make(const precopyml_model *model, const struct precopyml_features *features,
                 double confidence, void *scratch, struct outlook *outlook);

/*
 * Downtime of a switchover with `remaining` bytes left, s: the level is the model's, the shape
 * physics'; downtime = downtime_now x physics(remaining) / physics_now.
 */
double outlook_downtime(const struct outlook *outlook, const struct precopyml_features *features,
                        double remaining);

#endif
