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

static void look_ahead(const struct precopyml_features *features, struct outlook *outlook)
{
    double remaining = physics_remaining(features);
    double seconds, waited = 0.0;

    for (unsigned i = 0; i < OUTLOOK_STEPS; i++) {
        remaining = physics_round(features, remaining, &seconds);
        if (isnan(remaining))
            return;
        waited += seconds;
        outlook->wait[i] = waited;
        outlook->downtime[i] = outlook_downtime(outlook, features, remaining);
        outlook->steps = i + 1;
    }
}

/* Where the series has been, or is heading, as downtimes. */
static void look_back(const struct precopyml_features *features, const struct phases *phases,
                      double time, struct outlook *outlook)
{
    double remaining = physics_remaining(features);
    double bandwidth = feature_value(features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH);
    double ratio = feature_value(features, PRECOPYML_FEATURE_LAMBDA);

    if (ratio < 1)
        outlook->falling = outlook_downtime(outlook, features, ratio * remaining);
    outlook->nothing = outlook_downtime(outlook, features, 0);
    if (!phases)
        return;
    outlook->falls = phases->falls;
    if (phases->high)
        outlook->low = outlook_downtime(outlook, features, phases->low);
    outlook->low_wait = phases_wait(phases, time);
    outlook->slow_wait = time - phases->slow_from;
    outlook->full_speed =
        outlook->nothing + (outlook->now.value - outlook->nothing) * bandwidth / phases->fastest;
}

/* Where the rounds lead to beyond the last one looked at: Aitken's extrapolation. NaN: it is there.
 */
static double settled(const struct outlook *outlook)
{
    const double *last = &outlook->downtime[OUTLOOK_STEPS - 1];
    double step, before;

    if (outlook->steps < OUTLOOK_STEPS)
        return NAN;
    step = last[0] - last[-1];
    before = last[-1] - last[-2];
    if (!(step < 0 && before < step))
        return NAN;
    return fmax(last[0] - step * step / (step - before), outlook->nothing);
}

static void find_floor(struct outlook *outlook)
{
    double least;

    outlook->floor = fmin(outlook->now.value, fmin(outlook->falling, outlook->low));
    for (unsigned i = 0; i < outlook->steps; i++)
        outlook->floor = fmin(outlook->floor, outlook->downtime[i]);
    /* The same factor bounds it: the error is multiplicative (DESIGN: scores on the log ratio). */
    least = fmin(outlook->floor, settled(outlook));
    outlook->floor_lower = least * (outlook->now.lower / outlook->now.value);
    outlook->floor_upper = outlook->floor * (outlook->now.upper / outlook->now.value);
}

int outlook_make(const precopyml_model *model, const struct precopyml_features *features,
                 const struct phases *phases, double time, double confidence, void *scratch,
                 struct outlook *outlook)
{
    struct precopyml_estimate rest = PRECOPYML_ESTIMATE_INIT;
    int error;

    *outlook = (struct outlook){.now = PRECOPYML_ESTIMATE_INIT,
                                .falling = NAN,
                                .nothing = NAN,
                                .low = NAN,
                                .low_wait = NAN,
                                .slow_wait = NAN,
                                .full_speed = NAN};
    error = model_predict(model, PRECOPYML_TARGET_DOWNTIME, features, confidence, scratch,
                          &outlook->now);
    if (error)
        return error;
    outlook->overhead = model->overhead;
    outlook->scale = outlook->now.value /
                     physics_downtime(features, physics_remaining(features), outlook->overhead);
    if (isfinite(outlook->scale)) {
        look_ahead(features, outlook);
        look_back(features, phases, time, outlook);
    }
    find_floor(outlook);
    error = model_predict(model, PRECOPYML_TARGET_REMAINING_TIME, features, 0, scratch, &rest);
    outlook->remaining_time = error ? outlook->now.value : fmax(rest.value, outlook->now.value);
    return 0;
}
