/* SPDX-License-Identifier: MIT */
/*
 * A forecaster of dirty pages after Patel et al. (J. Eng. 2016, 3061674): the series of dirty pages
 * an iteration, by AR(1) and by ARIMA(1,1,0). Of the paper only the abstract could be read; orders,
 * horizon and the rule that stops are ours.
 */
#include "dirty_series.h"
#include "qemu_rule.h"
#include "registry.h"

struct constants {
    forecast_fn forecast;
    size_t least; /* values that it needs */
};

static const struct constants ar = {forecast_ar, 3};
static const struct constants arima = {forecast_arima, 4};

struct rule {
    const struct constants *constants;
    struct peer_options options;
    struct dirty_series series;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct rule *rule = state;

    rule->constants = peer->constants;
    rule->options = *options;
    return 0;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct rule *rule = state;
    double ahead[DIRTY_HORIZON];

    if (qemu_completes(&boundary->now, rule->options.limit))
        return PEER_STOP;
    if (!dirty_series_add(&rule->series, boundary->now.remaining) ||
        rule->series.count < rule->constants->least)
        return PEER_GO_ON;
    rule->constants->forecast(rule->series.value, rule->series.count, ahead, DIRTY_HORIZON);
    return dirty_series_waiting_pays(&rule->series, ahead, rule->options.kappa) ? PEER_GO_ON
                                                                                : PEER_STOP;
}

const struct peer peer_ar_like = {
    .name = "ar-like",
    .summary = "AR(1) forecast of what will remain; stop where waiting is not forecast to pay",
    .constants = &ar,
    .takes_limit = true,
    .takes_kappa = true,
    .state_size = sizeof(struct rule),
    .begin = begin,
    .decide = decide,
};

const struct peer peer_arima_like = {
    .name = "arima-like",
    .summary = "the same by ARIMA(1,1,0)",
    .constants = &arima,
    .takes_limit = true,
    .takes_kappa = true,
    .state_size = sizeof(struct rule),
    .begin = begin,
    .decide = decide,
};
