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

/* Another downtime, bounded as now is: by the same scores, with the doubt of one as short as it. */
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
    struct precopyml_estimate floor;

    outlook->floor = fmin(outlook->now.value, fmin(outlook->falling, outlook->low));
    for (unsigned i = 0; i < outlook->steps; i++)
        outlook->floor = fmin(outlook->floor, outlook->downtime[i]);
    floor = bounded(model, features, confidence, outlook, outlook->floor);
    outlook->floor_lower = floor.lower;
    outlook->floor_upper = floor.upper;
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
    find_floor(model, features, confidence, outlook);
    error = model_predict(model, PRECOPYML_TARGET_REMAINING_TIME, features, 0, scratch, &rest);
    outlook->remaining_time = error ? outlook->now.value : fmax(rest.value, outlook->now.value);
    return 0;
}
