/* SPDX-License-Identifier: MIT */
/* The baseline as a predictor: a log residual of zero, so a head of it forecasts physics exactly.
 */
#include <errno.h>

#include <precopyml-predictor.h>

extern const struct precopyml_predictor_ops predictor_physics;

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    (void)payload;
    *state = NULL;
    return length == 0 && feature_count == 0 ? 0 : -EBADMSG;
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    (void)state;
    (void)scratch;
    (void)x;
    (void)spread;
    *value = 0.0;
    return 0;
}

const struct precopyml_predictor_ops predictor_physics = {
    PRECOPYML_PREDICTOR_OPS_INIT,
    "physics",
    "remaining / switchover bandwidth + overhead, nothing learned",
    load,
    NULL,
    predict,
    NULL,
};
