/* SPDX-License-Identifier: MIT */
#include "outlook.h"

#include <math.h>

#include "model.h"
#include "physics.h"
#include "vector.h"

static double bandwidth_of(const struct precopyml_features *features)
{
    return feature_value(features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH);
}

/*
 * Round by round: sending what remains takes a while, in which the guest dirties U(T). The level is
 * the model's, the shape physics': downtime_i = downtime_now * physics_i / physics_now.
 */
static void look_ahead(const precopyml_model *model, const struct precopyml_features *features,
                       struct outlook *outlook)
{
    double bandwidth = bandwidth_of(features);
    double remaining = feature_value(features, PRECOPYML_FEATURE_REMAINING_BOUNDARY);
    double scale, waited = 0.0;

    if (isnan(remaining))
        remaining = feature_value(features, PRECOPYML_FEATURE_REMAINING);
    scale = outlook->now.value / (remaining / bandwidth + model->overhead);
    if (!(bandwidth > 0) || !isfinite(scale))
        return;
    for (unsigned i = 0; i < OUTLOOK_STEPS; i++) {
        double seconds = remaining / bandwidth;

        remaining = physics_dirtied(features, seconds);
        if (isnan(remaining))
            return;
        waited += seconds;
        outlook->wait[i] = waited;
        outlook->downtime[i] = scale * (remaining / bandwidth + model->overhead);
        outlook->steps = i + 1;
    }
}

int outlook_make(const precopyml_model *model, const struct precopyml_features *features,
                 double confidence, void *scratch, struct outlook *outlook)
{
    struct precopyml_estimate rest = PRECOPYML_ESTIMATE_INIT;
    int error;

    *outlook = (struct outlook){.now = PRECOPYML_ESTIMATE_INIT, .floor = NAN, .floor_lower = NAN};
    error = model_predict(model, PRECOPYML_TARGET_DOWNTIME, features, confidence, scratch,
                          &outlook->now);
    if (error)
        return error;
    look_ahead(model, features, outlook);
    outlook->floor = outlook->now.value;
    for (unsigned i = 0; i < outlook->steps; i++)
        outlook->floor = fmin(outlook->floor, outlook->downtime[i]);
    /* The same factor bounds it: the error is multiplicative (DESIGN: scores on the log ratio). */
    outlook->floor_lower = outlook->floor * (outlook->now.lower / outlook->now.value);
    error = model_predict(model, PRECOPYML_TARGET_REMAINING_TIME, features, 0, scratch, &rest);
    outlook->remaining_time = error ? outlook->now.value : fmax(rest.value, outlook->now.value);
    return 0;
}
