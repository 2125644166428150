/* SPDX-License-Identifier: MIT */
#include "outlook.h"

#include <math.h>

#include "model.h"
#include "physics.h"
#include "vector.h"

double outlook_downtime(const struct outlook *outlook, const struct precopyml_features *features,
                        double remaining)
{
    return outlook->scale * physics_downtime(features, remaining, outlook->overhead);
}

/* What remains at the boundaries ahead, and how long until each. */
static void look_ahead(const struct precopyml_features *features, struct outlook *outlook,
                       double *remaining)
{
    double left = physics_remaining(features);
    double seconds, waited = 0.0;

    for (unsigned i = 0; i < OUTLOOK_STEPS; i++) {
        left = physics_round(features, left, &seconds);
        if (isnan(left))
            return;
        waited += seconds;
        outlook->wait[i] = waited;
        remaining[i] = left;
        outlook->steps = i + 1;
    }
}

/* Those ahead are as many as are looked ahead. */
static const struct levels unknown_levels = {
    .now = NAN, .falling = NAN, .low = NAN, .nothing = NAN};

/* The downtimes of what is left now, of what may be left ahead, and of what was left before. */
static struct levels levels_of(const struct outlook *outlook,
                               const struct precopyml_features *features, const double *remaining,
                               const struct phases *phases)
{
    double now = physics_remaining(features);
    double ratio = feature_value(features, PRECOPYML_FEATURE_LAMBDA);
    struct levels levels = unknown_levels;

    levels.now = outlook_downtime(outlook, features, now);
    levels.nothing = outlook_downtime(outlook, features, 0);
    for (unsigned i = 0; i < outlook->steps; i++)
        levels.ahead[i] = outlook_downtime(outlook, features, remaining[i]);
    if (ratio < 1)
        levels.falling = outlook_downtime(outlook, features, ratio * now);
    if (phases && phases->high)
        levels.low = outlook_downtime(outlook, features, phases->low);
    return levels;
}

static void look_back(const struct precopyml_features *features, const struct phases *phases,
                      double time, struct outlook *outlook)
{
    double bandwidth = feature_value(features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH);
    double nothing = outlook->forecast.nothing;

    outlook->falls = phases->falls;
    outlook->low_wait = phases_wait(phases, time);
    outlook->slow_wait = time - phases->slow_from;
    outlook->untried = phases->untried;
    outlook->helped = time - phases->helped_from;
    outlook->full_speed = nothing + (outlook->now.value - nothing) * bandwidth / phases->fastest;
}

static void look(const struct precopyml_features *features, const struct phases *phases,
                 double time, struct outlook *outlook)
{
    struct precopyml_features plan = *features;
    double remaining[OUTLOOK_STEPS];

    look_ahead(features, outlook, remaining);
    outlook->forecast = levels_of(outlook, features, remaining, phases);
    /* Physics knows what a slice drains from how fast the guest dirties. */
    feature_put(&plan, PRECOPYML_FEATURE_PAGE_DIRTY_RATE, NAN);
    if (phases && phases->share > feature_value(features, PRECOPYML_FEATURE_RESENT_WIRE_SHARE))
        feature_put(&plan, PRECOPYML_FEATURE_RESENT_WIRE_SHARE, phases->share);
    outlook->plan = levels_of(outlook, &plan, remaining, phases);
    if (phases)
        look_back(features, phases, time, outlook);
}

/*
 * Where the rounds lead beyond the last one looked at, by Aitken's extrapolation. NaN when they do
 * not shrink towards anything there, or it was not looked so far.
 */
static double settled(const struct outlook *outlook)
{
    const double *last = &outlook->forecast.ahead[OUTLOOK_STEPS - 1];
    double step, before;

    if (outlook->steps < OUTLOOK_STEPS)
        return NAN;
    step = last[0] - last[-1];
    before = last[-1] - last[-2];
    if (!(step < 0 && before < step))
        return NAN;
    return fmax(last[0] - step * step / (step - before), outlook->forecast.nothing);
}

/* Another downtime with its own doubt and bounds, by the scores that bound the one of now. */
static struct precopyml_estimate bounded(const precopyml_model *model,
                                         const struct precopyml_features *features,
                                         double confidence, const struct outlook *outlook,
                                         double downtime)
{
    struct precopyml_estimate estimate = outlook->now;

    estimate.value = downtime;
    model_bound(model, PRECOPYML_TARGET_DOWNTIME, features, confidence, &estimate);
    return estimate;
}

static void find_floor(const precopyml_model *model, const struct precopyml_features *features,
                       double confidence, struct outlook *outlook)
{
    const struct levels *forecast = &outlook->forecast;
    double least;

    outlook->floor = fmin(outlook->now.value, fmin(forecast->falling, forecast->low));
    for (unsigned i = 0; i < outlook->steps; i++)
        outlook->floor = fmin(outlook->floor, forecast->ahead[i]);
    least = fmin(outlook->floor, settled(outlook));
    outlook->floor_lower = bounded(model, features, confidence, outlook, least).lower;
    outlook->floor_upper = bounded(model, features, confidence, outlook, outlook->floor).upper;
}

int outlook_make(const precopyml_model *model, const struct precopyml_features *features,
                 const struct phases *phases, double time, double confidence, void *scratch,
                 struct outlook *outlook)
{
    struct precopyml_estimate rest = PRECOPYML_ESTIMATE_INIT;
    int error;

    *outlook = (struct outlook){.now = PRECOPYML_ESTIMATE_INIT,
                                .forecast = unknown_levels,
                                .plan = unknown_levels,
                                .low_wait = NAN,
                                .slow_wait = NAN,
                                .full_speed = NAN,
                                .helped = NAN};
    error = model_predict(model, PRECOPYML_TARGET_DOWNTIME, features, confidence, scratch,
                          &outlook->now);
    if (error)
        return error;
    outlook->overhead = model->overhead;
    outlook->scale = outlook->now.value /
                     physics_downtime(features, physics_remaining(features), outlook->overhead);
    if (isfinite(outlook->scale))
        look(features, phases, time, outlook);
    find_floor(model, features, confidence, outlook);
    error = model_predict(model, PRECOPYML_TARGET_REMAINING_TIME, features, 0, scratch, &rest);
    outlook->remaining_time = error ? outlook->now.value : fmax(rest.value, outlook->now.value);
    return 0;
}
