/* SPDX-License-Identifier: MIT */
/* What the tests of models share: a model from a description, and features from a list. */
#ifndef MODELS_H
#define MODELS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../golden/good.h"

#include <precopyml.h>

static inline precopyml_model *model_of(const struct model_spec *spec)
{
    precopyml_model *model = NULL;
    unsigned char *data;
    size_t length;

    assert_int_equal(model_write_memory(spec, &data, &length), 0);
    assert_int_equal(precopyml_model_load_memory(data, length, &model), 0);
    free(data);
    return model;
}

/* Overwritten by the next call. */
static inline char *golden_path(const char *prefix, const char *name)
{
    const char *root = getenv("PRECOPYML_SOURCE_ROOT");
    static char path[4096];

    snprintf(path, sizeof path, "%s/tests/golden/%s%s.pcml", root ? root : ".", prefix, name);
    return path;
}

static inline precopyml_model *golden_model(enum golden which)
{
    precopyml_model *model = NULL;
    unsigned char *data;
    size_t length;

    assert_int_equal(golden_build(which, &data, &length), 0);
    assert_int_equal(precopyml_model_load_memory(data, length, &model), 0);
    free(data);
    return model;
}

static inline void set(struct precopyml_features *features, enum precopyml_feature id, double value)
{
    assert_int_equal(precopyml_features_set(features, id, value), 0);
}

/* Within a few units in the last place. */
static inline void assert_near(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-13 * fmax(fabs(wanted), 1e-300)))
        fail_msg("%.17g is not %.17g", got, wanted);
}

/* 96 MiB left of a guest that writes 20 MiB/s into 64 MiB, over a link of 100 MiB/s. */
static inline struct precopyml_features some_features(void)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    const double mib = 1024.0 * 1024.0;

    set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, 96 * mib);
    set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, 100 * mib);
    set(&features, PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, 80 * mib);
    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, 64 * mib);
    set(&features, PRECOPYML_FEATURE_WRITE_RATE, 20 * mib);
    set(&features, PRECOPYML_FEATURE_ITERATION, 3);
    return features;
}

#endif
