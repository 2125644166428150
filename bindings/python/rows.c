/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check(const precopyml_model *model, uint32_t target, const struct row_column *columns,
                 size_t column_count, double confidence)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;

    if (precopyml_model_info(model, (enum precopyml_target)target, &info) != 0 ||
        !(confidence >= 0.0 && confidence < 1.0))
        return -EINVAL;
    for (size_t i = 0; i < column_count; i++) {
        if (columns[i].feature >= PRECOPYML_FEATURE_COUNT)
            return -EINVAL;
    }
    return info.predictor ? 0 : -ENOENT;
}

static void gather(const struct row_column *columns, size_t count, size_t row,
                   struct precopyml_features *features)
{
    for (size_t i = 0; i < count; i++) {
        double value;

        memcpy(&value, columns[i].data + columns[i].stride * (ptrdiff_t)row, sizeof value);
        precopyml_features_set(features, (enum precopyml_feature)columns[i].feature, value);
    }
}

static void store(const struct row_results *results, size_t row,
                  const struct precopyml_estimate *estimate, int error)
{
    results->value[row] = estimate->value;
    if (results->lower)
        results->lower[row] = estimate->lower;
    if (results->upper)
        results->upper[row] = estimate->upper;
    if (results->spread)
        results->spread[row] = estimate->spread;
    if (results->doubt)
        results->doubt[row] = estimate->doubt;
    if (results->extrapolating)
        results->extrapolating[row] = estimate->extrapolating != 0;
    if (results->error)
        results->error[row] = error;
}

int rows_predict(const precopyml_model *model, uint32_t target, const struct row_column *columns,
                 size_t column_count, size_t rows, double confidence,
                 const struct row_results *results)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    int error = check(model, target, columns, column_count, confidence);
    void *scratch;

    if (error)
        return error;
    scratch = malloc(precopyml_model_scratch_size(model) + 1); /* never of size 0 */
    if (!scratch)
        return -ENOMEM;
    for (size_t row = 0; row < rows; row++) {
        struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;

        gather(columns, column_count, row, &features);
        error = precopyml_model_predict(model, (enum precopyml_target)target, &features, confidence,
                                        scratch, &estimate);
        store(results, row, &estimate, error);
    }
    free(scratch);
    return 0;
}

struct precopyml_session_options session_options_init(void)
{
    return (struct precopyml_session_options)PRECOPYML_SESSION_OPTIONS_INIT;
}
