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

    outlook->scale = outlook->now.value / physics_downtime(features, remaining, outlook->overhead);
    if (!isfinite(outlook->scale))
        return;
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

int outlook_make(const precopyml_model *model, const struct precopyml_features *features,
                 double confidence, void *scratch, struct outlook *outlook)
{
    struct precopyml_estimate rest = PRECOPYML_ESTIMATE_INIT;
    int error;

    *outlook = (struct outlook){
        .now = PRECOPYML_ESTIMATE_INIT, .floor = NAN, .floor_lower = NAN, .floor_upper = NAN};
    error = model_predict(model, PRECOPYML_TARGET_DOWNTIME, features, confidence, scratch,
                          &outlook->now);
    if (error)
        return error;
    outlook->overhead = model->overhead;
    look_ahead(features, outlook);
    outlook->floor = outlook->now.value;
    for (unsigned i = 0; i < outlook->steps; i++)
        outlook->floor = fmin(outlook->floor, outlook->downtime[i]);
    /* The same factor bounds it: the error is multiplicative (DESIGN: scores on the log ratio). */
    outlook->floor_lower = outlook->floor * (outlook->now.lower / outlook->now.value);
    outlook->floor_upper = outlook->floor * (outlook->now.upper / outlook->now.value);
    error = model_predict(model, PRECOPYML_TARGET_REMAINING_TIME, features, 0, scratch, &rest);
    outlook->remaining_time = error ? outlook->now.value : fmax(rest.value, outlook->now.value);
    return 0;
}
