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

/* Four sums side by side: one would wait for each addition before it can begin the next. */
static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    const struct linear *linear = state;
    const double *c = linear->coefficient;
    double sum[4] = {linear->intercept, 0.0, 0.0, 0.0};
    size_t i = 0;

    (void)scratch;
    (void)spread;
    for (; i + 4 <= linear->count; i += 4) {
        sum[0] += c[i] * x[i];
        sum[1] += c[i + 1] * x[i + 1];
        sum[2] += c[i + 2] * x[i + 2];
        sum[3] += c[i + 3] * x[i + 3];
    }
    for (; i < linear->count; i++)
        sum[0] += c[i] * x[i];
    *value = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    return isfinite(*value) ? 0 : -ERANGE;
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
