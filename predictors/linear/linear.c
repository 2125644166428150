/* SPDX-License-Identifier: MIT */
#include "linear.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <precopyml-predictor.h>

#include "bytes.h"

struct linear {
    size_t count;
    double intercept;
    double coefficient[];
};

extern const struct precopyml_predictor_ops predictor_linear;

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    struct bytes in = bytes_of(payload, length);
    struct linear *linear;
    bool finite;

    if (length != linear_payload_length(feature_count))
        return -EBADMSG;
    linear = malloc(sizeof *linear + feature_count * sizeof linear->coefficient[0]);
    if (!linear)
        return -ENOMEM;
    linear->count = feature_count;
    linear->intercept = bytes_f64(&in);
    finite = isfinite(linear->intercept);
    for (size_t i = 0; i < feature_count; i++) {
        linear->coefficient[i] = bytes_f64(&in);
        finite = finite && isfinite(linear->coefficient[i]);
    }
    if (!finite) {
        free(linear);
        return -EBADMSG;
    }
    *state = linear;
    return 0;
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    const struct linear *linear = state;
    double sum = linear->intercept;

    (void)scratch;
    (void)spread;
    for (size_t i = 0; i < linear->count; i++)
        sum += linear->coefficient[i] * x[i];
    *value = sum;
    return isfinite(sum) ? 0 : -ERANGE;
}

const struct precopyml_predictor_ops predictor_linear = {
    PRECOPYML_PREDICTOR_OPS_INIT,
    "linear",
    "weighted sum of the features",
    load,
    NULL,
    predict,
    free,
};
