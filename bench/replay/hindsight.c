/* SPDX-License-Identifier: MIT */
#include "hindsight.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "percentile.h"

#define RATE_PERCENTILE 0.8

static const struct peer_boundary *boundary_at(const struct series *series, size_t i)
{
    return &series->boundaries[i]->boundary;
}

static double rate_of_rounds(const struct series *series, double *scratch)
{
    size_t count = 0;

    for (size_t i = 1; i < series->boundary_count; i++) {
        const struct peer_boundary *boundary = boundary_at(series, i);

        if (boundary->round_seconds > 0)
            scratch[count++] = boundary->round_bytes / boundary->round_seconds;
    }
    return percentile(scratch, count, RATE_PERCENTILE);
}

static double overhead_of_end(const struct series *series, double rate)
{
    /* Older QEMUs do not count the bytes of the downtime; what the last sync left stands for them.
     */
    double sent = series->downtime_bytes > 0
                      ? series->downtime_bytes
                      : boundary_at(series, series->boundary_count - 1)->now.remaining;

    return isnan(series->end.downtime) ? 0 : fmax(series->end.downtime - sent / rate, 0);
}

/* What remained at the last boundary was through, at the latest, when the guest ran again. */
static double last_downtime(const struct series *series, double by_rate)
{
    double until = series->end.stopped_t + series->end.downtime -
                   series->boundaries[series->boundary_count - 1]->t;

    return until > 0 ? fmin(until, by_rate) : by_rate;
}

static double downtime_at(const struct hindsight *hindsight, size_t i, enum hindsight_downtime how)
{
    const struct series *series = hindsight->series;
    double by_rate = boundary_at(series, i)->now.remaining / hindsight->rate + hindsight->overhead;

    if (how == HINDSIGHT_REMAINING)
        return by_rate;
    if (i + 1 < series->boundary_count)
        return boundary_at(series, i + 1)->round_seconds + hindsight->overhead;
    return last_downtime(series, by_rate);
}

int hindsight_make(struct hindsight *hindsight, const struct series *series,
                   enum hindsight_downtime how)
{
    *hindsight = (struct hindsight){.series = series};
    if (series->boundary_count < 2)
        return -ENODATA;
    hindsight->downtime = calloc(series->boundary_count, sizeof *hindsight->downtime);
    if (!hindsight->downtime)
        return -ENOMEM;
    hindsight->rate = rate_of_rounds(series, hindsight->downtime);
    if (!(hindsight->rate > 0))
        return -ENODATA;
    hindsight->overhead = overhead_of_end(series, hindsight->rate);
    for (size_t i = 0; i < series->boundary_count; i++)
        hindsight->downtime[i] = downtime_at(hindsight, i, how);
    return 0;
}

void hindsight_free(struct hindsight *hindsight)
{
    free(hindsight->downtime);
    hindsight->downtime = NULL;
}

double hindsight_elapsed(const struct hindsight *hindsight, size_t i)
{
    return boundary_at(hindsight->series, i)->now.elapsed;
}

double hindsight_bytes(const struct hindsight *hindsight, size_t i)
{
    const struct peer_sample *now = &boundary_at(hindsight->series, i)->now;

    return now->transferred + now->remaining;
}

double hindsight_cost(const struct hindsight *hindsight, size_t i, double kappa)
{
    return hindsight_elapsed(hindsight, i) + (1 + kappa) * hindsight->downtime[i];
}

size_t hindsight_best(const struct hindsight *hindsight, double kappa)
{
    size_t best = 0;

    for (size_t i = 1; i < hindsight->series->boundary_count; i++) {
        if (hindsight_cost(hindsight, i, kappa) < hindsight_cost(hindsight, best, kappa))
            best = i;
    }
    return best;
}
