/* SPDX-License-Identifier: MIT */
#include "bagged-svr.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <precopyml-predictor.h>

extern const struct precopyml_predictor_ops predictor_bagged_svr;

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    struct bytes in = bytes_of(payload, length);
    uint32_t bags = bytes_u32(&in), reserved = bytes_u32(&in);
    struct rbf *rbf = NULL;
    int error;

    if (in.failed || reserved != 0)
        return -EBADMSG;
    error = rbf_load(in, bags, feature_count, &rbf);
    *state = rbf;
    return error;
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    double output[RBF_OUTPUTS_MAX], sum = 0.0, squares = 0.0;
    size_t bags = rbf_outputs(state);

    (void)scratch;
    rbf_evaluate(state, x, output);
    for (size_t i = 0; i < bags; i++)
        sum += output[i];
    *value = sum / (double)bags;
    for (size_t i = 0; i < bags; i++)
        squares += (output[i] - *value) * (output[i] - *value);
    *spread = sqrt(squares / (double)bags);
    return isfinite(*value) ? 0 : -ERANGE;
}

const struct precopyml_predictor_ops predictor_bagged_svr = {
    PRECOPYML_PREDICTOR_OPS_INIT,
    "bagged-svr",
    "mean of support vector regressions on bags of rows",
    load,
    NULL,
    predict,
    free,
};
