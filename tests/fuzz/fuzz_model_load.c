/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a model file: as they are, and with length and checksum made right, since no
 * mutation would find those by itself. What loads must forecast finite, non-negative seconds or
 * refuse.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <precopyml.h>

#include "crc32.h"
#include "model_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static void demand(int condition)
{
    if (!condition)
        abort();
}

/* All known, all different, of the size that such features have. */
static struct precopyml_features features_of(size_t seed)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    for (int i = 0; i < PRECOPYML_FEATURE_COUNT; i++)
        precopyml_features_set(&features, (enum precopyml_feature)i,
                               ldexp(1.0 + i, (int)(seed % 7) * 4));
    return features;
}

static void forecast(const precopyml_model *model, size_t seed)
{
    struct precopyml_features features = features_of(seed);
    void *scratch = malloc(precopyml_model_scratch_size(model) + 1);

    for (int i = 0; scratch && i < PRECOPYML_TARGET_COUNT; i++) {
        struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;
        int error = precopyml_model_predict(model, (enum precopyml_target)i, &features, 0.9,
                                            scratch, &estimate);

        if (error) {
            demand(isnan(estimate.value) && isnan(estimate.upper));
            continue;
        }
        demand(isfinite(estimate.value) && estimate.value >= 0.0);
        demand(!(estimate.lower > estimate.upper) && !isinf(estimate.upper));
        demand(isnan(estimate.spread) || (isfinite(estimate.spread) && estimate.spread >= 0.0));
    }
    free(scratch);
}

static void load(const uint8_t *data, size_t length)
{
    precopyml_model *model = NULL;
    int error = precopyml_model_load_memory(data, length, &model);

    demand((error == 0) == (model != NULL));
    if (model)
        forecast(model, length);
    precopyml_model_unref(&model);
}

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    size_t end = length - MODEL_CHECKSUM_LENGTH;
    uint8_t *sealed;

    load(data, length);
    if (length < MODEL_HEADER_LENGTH + MODEL_CHECKSUM_LENGTH)
        return 0;
    sealed = malloc(length);
    if (!sealed)
        return 0;
    memcpy(sealed, data, length);
    put(sealed + MODEL_HEADER_LENGTH - 16, length, 8);
    put(sealed + end, checksum_crc32(sealed, end), MODEL_CHECKSUM_LENGTH);
    load(sealed, length);
    free(sealed);
    return 0;
}
