/* SPDX-License-Identifier: MIT */
/*
 * An ensemble after Motaki et al. 2021: linear and non-parametric regressors averaged, weighted by
 * how far off each was so far. Which members, the weights and the rule that stops are ours.
 */
#include <math.h>

#include "dirty_series.h"
#include "qemu_rule.h"
#include "registry.h"

struct member {
    forecast_fn forecast;
    size_t least; /* values that it needs */
};

static const struct member members[] = {
    {forecast_last, 1}, {forecast_trend, 2}, {forecast_ar, 3}, {forecast_neighbour, 2}};

/* Squared log error that counts as none, so that one lucky member does not decide alone. */
#define LEAST_ERROR 1e-4
/* Values that are needed before the ensemble says anything. */
#define LEAST_VALUES 3

struct ensemble {
    struct peer_options options;
    struct dirty_series series;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct ensemble *ensemble = state;

    (void)peer;
    ensemble->options = *options;
    return 0;
}

/* One over the mean squared error of forecasting every value from those before it. */
static double weight(const struct member *member, const struct dirty_series *series)
{
    double sum = 0, forecast;
    size_t count = 0;

    for (size_t i = member->least; i < series->count; i++, count++) {
        member->forecast(series->value, i, &forecast, 1);
        sum += (forecast - series->value[i]) * (forecast - series->value[i]);
    }
    return count > 0 ? 1 / (sum / (double)count + LEAST_ERROR) : 0;
}

static void forecast_all(const struct dirty_series *series, double *ahead)
{
    double total = 0, one[DIRTY_HORIZON];

    for (size_t i = 0; i < DIRTY_HORIZON; i++)
        ahead[i] = 0;
    for (size_t m = 0; m < sizeof members / sizeof members[0]; m++) {
        double share = weight(&members[m], series);

        if (!(share > 0)) /* too few values to have been tried on one */
            continue;
        members[m].forecast(series->value, series->count, one, DIRTY_HORIZON);
        for (size_t i = 0; i < DIRTY_HORIZON; i++)
            ahead[i] += share * one[i];
        total += share;
    }
    for (size_t i = 0; i < DIRTY_HORIZON; i++)
        ahead[i] /= total;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct ensemble *ensemble = state;
    double ahead[DIRTY_HORIZON];

    if (qemu_completes(&boundary->now, ensemble->options.limit))
        return PEER_STOP;
    if (!dirty_series_add(&ensemble->series, boundary->now.remaining) ||
        ensemble->series.count < LEAST_VALUES)
        return PEER_GO_ON;
    forecast_all(&ensemble->series, ahead);
    return dirty_series_waiting_pays(&ensemble->series, ahead, ensemble->options.kappa) ? PEER_GO_ON
                                                                                        : PEER_STOP;
}

const struct peer peer_ensemble_like = {
    .name = "ensemble-like",
    .summary = "last value, trend, AR(1), nearest neighbour, by past error; stops as ar-like",
    .takes_limit = true,
    .takes_kappa = true,
    .state_size = sizeof(struct ensemble),
    .begin = begin,
    .decide = decide,
};
