/* SPDX-License-Identifier: MIT */
/* For predict.py: the same forecasts by a loop of C that has its features ready, timed by itself.
 */
#include <stdlib.h>
#include <time.h>

#include <precopyml.h>

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double timed_loop(const precopyml_model *model, const struct precopyml_features *features,
                         size_t rows, void *scratch, double *out)
{
    double begun = seconds_now();

    for (size_t i = 0; i < rows; i++) {
        struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;

        precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features[i], 0.0, scratch,
                                &estimate);
        out[i] = estimate.value;
    }
    return seconds_now() - begun;
}

/* Seconds for precopyml_model_predict() on all rows of x, row by row; below 0: no memory. */
double c_call(const precopyml_model *model, const double *x, size_t rows, const uint32_t *ids,
              size_t columns, double *out);

double c_call(const precopyml_model *model, const double *x, size_t rows, const uint32_t *ids,
              size_t columns, double *out)
{
    struct precopyml_features *features = calloc(rows, sizeof *features);
    void *scratch = malloc(precopyml_model_scratch_size(model) + 1);
    double taken = -1.0;

    for (size_t i = 0; features && i < rows; i++) {
        features[i] = (struct precopyml_features)PRECOPYML_FEATURES_INIT;
        for (size_t j = 0; j < columns; j++)
            precopyml_features_set(&features[i], (enum precopyml_feature)ids[j],
                                   x[i * columns + j]);
    }
    if (features && scratch)
        taken = timed_loop(model, features, rows, scratch, out);
    free(scratch);
    free(features);
    return taken;
}
