/* SPDX-License-Identifier: MIT */
/* When something is active: from one moment to another, all the time or on and off. */
#ifndef ACTIVITY_H
#define ACTIVITY_H

#include <math.h>
#include <stdbool.h>

struct activity {
    double start;  /* s since the migration began */
    double end;    /* s; INFINITY: never ends */
    double period; /* s; 0: active all the time between start and end */
    double on;     /* s, how long of each period, from its beginning */
};

#define ACTIVITY_ALWAYS                                                                            \
    (struct activity)                                                                              \
    {                                                                                              \
        0, (double)INFINITY, 0, 0                                                                  \
    }

/* Active seconds between the migration's begin and `t`. */
double activity_until(const struct activity *activity, double t);

/* Whether it is active at `t`, and when that changes next (INFINITY: never). */
bool activity_at(const struct activity *activity, double t, double *until);

#endif
