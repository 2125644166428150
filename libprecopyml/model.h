/* SPDX-License-Identifier: MIT */
/* A model in memory: physics and, for each target, at most one head that corrects or replaces it.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdatomic.h>
#include <stdbool.h>

#include <precopyml-predictor.h>

/* How a raw feature becomes a predictor's input: (transform(raw) - centre) / scale. */
struct model_feature {
    uint32_t transform; /* MODEL_IDENTITY or MODEL_LOG */
    double centre;
    double scale;
    double lowest; /* outside these two, transformed, the forecast extrapolates */
    double highest;
};

struct model_head {
    const struct precopyml_predictor_ops *ops; /* NULL: no forecast for this target */
    void *state;
    bool log_residual;
    size_t feature_count;
    uint32_t ids[PRECOPYML_FEATURE_COUNT];
    struct model_feature features[PRECOPYML_FEATURE_COUNT];
    size_t calibration_count;
    double *calibration; /* log(observed / forecast), one a migration, ascending */
    bool per_doubt;      /* each divided by its forecast's doubt */
};

struct precopyml_model {
    atomic_uint references;
    double overhead; /* s */
    char *provenance;
    uint64_t fingerprint; /* of physics and heads without their calibration */
    struct model_head heads[PRECOPYML_TARGET_COUNT];
    unsigned char *bytes; /* the file, whose payloads the states may point into; or NULL */
};

/* Physics without a head or provenance, one reference; NULL when out of memory. */
precopyml_model *model_create(void);

/* Sets the provenance to a copy. 0 or -ENOMEM. */
int model_set_provenance(precopyml_model *model, const char *text, size_t length);

/*
 * The core of precopyml_model_predict(): `features` is complete, `estimate` becomes complete, all
 * NaN on an error. Leaves errno and the floating-point environment to the caller's guard.
 */
int model_predict(const precopyml_model *model, enum precopyml_target target,
                  const struct precopyml_features *features, double confidence, void *scratch,
                  struct precopyml_estimate *estimate);

/*
 * Doubt and bounds of estimate->value, whatever it comes from. `target` is one, `confidence` in
 * (0,1), or 0 for no bounds.
 */
void model_bound(const precopyml_model *model, enum precopyml_target target,
                 const struct precopyml_features *features, double confidence,
                 struct precopyml_estimate *estimate);

#endif
