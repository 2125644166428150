/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "doubt.h"
#include "error.h"
#include "hash.h"
#include "hotpath.h"
#include "model_format.h"
#include "physics.h"
#include "registry.h"
#include "vector.h"

/* ---- Life ---- */

precopyml_model *model_create(void)
{
    precopyml_model *model = calloc(1, sizeof *model);

    if (model) {
        atomic_init(&model->references, 1);
        model->fingerprint = HASH_START;
    }
    return model;
}

int model_set_provenance(precopyml_model *model, const char *text, size_t length)
{
    model->provenance = malloc(length + 1);
    if (!model->provenance)
        return error_set(-ENOMEM, "out of memory");
    memcpy(model->provenance, text, length);
    model->provenance[length] = '\0';
    return 0;
}

precopyml_model *precopyml_model_ref(precopyml_model *model)
{
    if (model)
        atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
    return model;
}

void precopyml_model_unref(precopyml_model **handle)
{
    precopyml_model *model = handle ? *handle : NULL;

    if (!model)
        return;
    *handle = NULL;
    if (atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < PRECOPYML_TARGET_COUNT; i++) {
        struct model_head *head = &model->heads[i];

        if (head->ops && head->ops->destroy)
            head->ops->destroy(head->state);
        free(head->calibration);
    }
    free(model->provenance);
    free(model->bytes);
    free(model);
}

int precopyml_model_builtin(precopyml_model **model)
{
    static const char provenance[] = "{\"builtin\":true}";
    const struct precopyml_predictor_ops *physics = registry_find("physics");

    if (!model)
        return error_set(-EINVAL, "nowhere to put the model");
    *model = NULL;
    if (!physics)
        return error_set(-ENOTSUP, "built without the predictor 'physics'");
    *model = model_create();
    if (!*model)
        return error_set(-ENOMEM, "out of memory");
    (*model)->overhead = PHYSICS_OVERHEAD;
    (*model)->fingerprint = hash_double(HASH_START, PHYSICS_OVERHEAD);
    for (size_t i = 0; i < PRECOPYML_TARGET_COUNT; i++) {
        (*model)->heads[i].ops = physics;
        (*model)->heads[i].log_residual = true;
    }
    if (model_set_provenance(*model, provenance, sizeof provenance - 1) != 0) {
        precopyml_model_unref(model);
        return -ENOMEM;
    }
    return 0;
}

/* ---- Questions ---- */

int precopyml_model_info(const precopyml_model *model, enum precopyml_target target,
                         struct precopyml_model_info *info)
{
    struct precopyml_model_info own = PRECOPYML_MODEL_INFO_INIT;
    const struct model_head *head;

    if (!model || (unsigned)target >= PRECOPYML_TARGET_COUNT)
        return error_set(-EINVAL, "no model, or no such target");
    if (!info || info->size < sizeof info->size)
        return error_set(-EINVAL, "model info of an impossible size");
    head = &model->heads[target];
    own.overhead = model->overhead;
    own.provenance = model->provenance;
    own.fingerprint = model->fingerprint;
    if (head->ops) {
        own.predictor = head->ops->name;
        own.features = head->ids;
        own.feature_count = head->feature_count;
        own.log_residual = head->log_residual;
        own.calibration_count = (uint32_t)head->calibration_count;
        own.per_doubt = head->per_doubt;
    }
    struct_export(info, &own, sizeof own);
    return 0;
}

size_t precopyml_model_scratch_size(const precopyml_model *model)
{
    size_t most = 0;

    for (size_t i = 0; model && i < PRECOPYML_TARGET_COUNT; i++) {
        const struct model_head *head = &model->heads[i];
        size_t size =
            head->ops && head->ops->scratch_size ? head->ops->scratch_size(head->state) : 0;

        if (size > most)
            most = size;
    }
    return most;
}

/* ---- Forecasts ---- */

static const struct precopyml_estimate unknown_estimate = {
    sizeof unknown_estimate, (double)NAN, (double)NAN, (double)NAN, (double)NAN, 0, 0, (double)NAN};

/* The predictor's inputs; -EPROTO when a feature is unknown, -ERANGE when one overflows. */
static int gather(const struct model_head *head, const struct precopyml_features *features,
                  double *x, bool *extrapolating)
{
    for (size_t i = 0; i < head->feature_count; i++) {
        const struct model_feature *feature = &head->features[i];
        double raw = feature_value(features, (enum precopyml_feature)head->ids[i]);
        double value;

        if (isnan(raw))
            return -EPROTO;
        value = model_transform(feature->transform, raw);
        if (value < feature->lowest || value > feature->highest)
            *extrapolating = true;
        x[i] = (value - feature->centre) / feature->scale;
        if (!isfinite(x[i]))
            return -ERANGE;
    }
    return 0;
}

/* From what the predictor said to seconds. */
static int interpret(const struct model_head *head, double physics, struct precopyml_estimate *own)
{
    double value = own->value;

    if (!isfinite(value))
        return -ERANGE;
    if (head->log_residual) {
        if (isnan(physics))
            return -EPROTO;
        value = physics * exp(value);
        own->spread = value * expm1(own->spread); /* from here to one spread higher */
    }
    if (own->extrapolating && physics > value) /* never bolder than physics out there */
        value = physics;
    if (!isfinite(value) || value < 0.0)
        return -ERANGE;
    own->value = value;
    if (!(isfinite(own->spread) && own->spread >= 0.0))
        own->spread = NAN;
    return 0;
}

/*
 * Split conformal, one-sided each way: of n scores at least the share `confidence` is at or under
 * the k-th smallest, k = ceil((n + 1) confidence), also for a score not yet seen. The small
 * subtraction keeps products that are whole in decimal (100 x 0.07) from being rounded up twice.
 */
static void quantiles(const struct model_head *head, double confidence, double *lower,
                      double *upper)
{
    double n = (double)head->calibration_count;
    double k = fmax(ceil((n + 1.0) * confidence - 1e-9), 1.0);

    *lower = *upper = NAN;
    if (confidence == 0.0 || k > n)
        return;
    *upper = head->calibration[(size_t)k - 1];
    *lower = head->calibration[head->calibration_count - (size_t)k];
}

/* `value` times the exponential of a score, which is too much where that stands for "no bound". */
static double scaled(double value, double score)
{
    double bound = value * exp(score);

    return isfinite(bound) ? bound : (double)NAN;
}

/* No score was taken where a forecast extrapolates, so none says how far off it may be. */
void model_bound(const precopyml_model *model, enum precopyml_target target,
                 const struct precopyml_features *features, double confidence,
                 struct precopyml_estimate *estimate)
{
    const struct model_head *head = &model->heads[target];
    double lower, upper, unit;

    estimate->doubt = doubt_of(features, model->overhead, estimate->value);
    estimate->lower = estimate->upper = NAN;
    if (estimate->extrapolating)
        return;
    quantiles(head, confidence, &lower, &upper);
    unit = head->per_doubt ? estimate->doubt : 1.0;
    estimate->lower = scaled(estimate->value, lower * unit);
    estimate->upper = scaled(estimate->value, upper * unit);
}

static int forecast(const struct precopyml_model *model, enum precopyml_target target,
                    const struct precopyml_features *features, void *scratch,
                    struct precopyml_estimate *own)
{
    const struct model_head *head = &model->heads[target];
    double x[PRECOPYML_FEATURE_COUNT];
    bool extrapolating = false;
    int error;

    if (!head->ops)
        return -ENOENT;
    error = gather(head, features, x, &extrapolating);
    if (error)
        return error;
    if (head->ops->predict(head->state, scratch, x, &own->value, &own->spread) != 0)
        return -ERANGE;
    own->extrapolating = extrapolating;
    return interpret(head, physics_forecast(target, features, model->overhead), own);
}

int model_predict(const precopyml_model *model, enum precopyml_target target,
                  const struct precopyml_features *features, double confidence, void *scratch,
                  struct precopyml_estimate *estimate)
{
    struct precopyml_estimate own = unknown_estimate;
    int error = -EINVAL;

    *estimate = unknown_estimate;
    if (!((unsigned)target < PRECOPYML_TARGET_COUNT && confidence >= 0.0 && confidence < 1.0))
        return error;
    error = forecast(model, target, features, scratch, &own);
    if (error)
        return error;
    model_bound(model, target, features, confidence, &own);
    *estimate = own;
    return 0;
}

int precopyml_model_predict(const precopyml_model *model, enum precopyml_target target,
                            const struct precopyml_features *features, double confidence,
                            void *scratch, struct precopyml_estimate *estimate)
{
    struct precopyml_features complete;
    struct precopyml_estimate own = unknown_estimate;
    struct hotpath_guard guard;
    int error;

    if (!model || !features || !estimate || estimate->size < sizeof estimate->size ||
        (!scratch && precopyml_model_scratch_size(model) > 0))
        return -EINVAL;
    hotpath_enter(&guard);
    error = features_normalize(features, &complete);
    if (!error)
        error = model_predict(model, target, &complete, confidence, scratch, &own);
    hotpath_leave(&guard);
    struct_export(estimate, &own, sizeof own);
    return error;
}

int precopyml_model_bounds(const precopyml_model *model, enum precopyml_target target,
                           double confidence, double *lower, double *upper)
{
    struct hotpath_guard guard;

    if (!lower || !upper)
        return -EINVAL;
    *lower = *upper = NAN;
    if (!model || (unsigned)target >= PRECOPYML_TARGET_COUNT ||
        !(confidence > 0.0 && confidence < 1.0))
        return -EINVAL;
    hotpath_enter(&guard);
    quantiles(&model->heads[target], confidence, lower, upper);
    *lower = scaled(1.0, *lower);
    *upper = scaled(1.0, *upper);
    hotpath_leave(&guard);
    return 0;
}
