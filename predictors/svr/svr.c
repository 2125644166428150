/* SPDX-License-Identifier: MIT */
#include "svr.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <precopyml-predictor.h>

extern const struct precopyml_predictor_ops predictor_svr;

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    struct rbf *rbf = NULL;
    int error = rbf_load(bytes_of(payload, length), 1, feature_count, &rbf);

    *state = rbf;
    return error;
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    (void)scratch;
    (void)spread;
    rbf_evaluate(state, x, value);
    return isfinite(*value) ? 0 : -ERANGE;
}

const struct precopyml_predictor_ops predictor_svr = {
    PRECOPYML_PREDICTOR_OPS_INIT,
    "svr",
    "support vector regression, Gaussian kernel",
    load,
    NULL,
    predict,
    free,
};
