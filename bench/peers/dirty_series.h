/* SPDX-License-Identifier: MIT */
/*
 * What remained at the latest boundaries, as logarithms, for the rules that forecast it; and what
 * they do with a forecast. Their papers forecast dirty pages and leave the stopping to the reader:
 * here all stop where time + (1 + kappa) x downtime is forecast to be least.
 */
#ifndef DIRTY_SERIES_H
#define DIRTY_SERIES_H

#include <stdbool.h>

#include "forecast.h"

enum { DIRTY_HORIZON = 8 }; /* rounds looked ahead: ours, tuned on nothing */

struct dirty_series {
    double value[FORECAST_MOST];
    size_t count;
};

/* False, and nothing added, when it is not known. */
bool dirty_series_add(struct dirty_series *series, double remaining);

/*
 * Whether some round ahead is worth waiting for: `ahead` are DIRTY_HORIZON logarithms. Sending
 * takes as long in rounds as in the downtime, so no bandwidth is needed.
 */
bool dirty_series_waiting_pays(const struct dirty_series *series, const double *ahead,
                               double kappa);

#endif
