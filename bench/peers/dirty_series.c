/* SPDX-License-Identifier: MIT */
#include "dirty_series.h"

#include <math.h>
#include <string.h>

/* Bytes: a page, so that nothing remaining has a logarithm too. */
#define LEAST 4096.0

bool dirty_series_add(struct dirty_series *series, double remaining)
{
    if (isnan(remaining))
        return false;
    if (series->count == FORECAST_MOST) {
        series->count--;
        memmove(series->value, series->value + 1, series->count * sizeof series->value[0]);
    }
    series->value[series->count++] = log(fmax(remaining, LEAST));
    return true;
}

bool dirty_series_waiting_pays(const struct dirty_series *series, const double *ahead, double kappa)
{
    double now = exp(series->value[series->count - 1]);
    double waited = now; /* the next round sends what remains now */

    for (size_t i = 0; i < DIRTY_HORIZON; i++) {
        double then = exp(ahead[i]);

        if (waited + (1 + kappa) * then < (1 + kappa) * now)
            return true;
        waited += then;
    }
    return false;
}
