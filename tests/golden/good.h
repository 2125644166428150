/* SPDX-License-Identifier: MIT */
/* What the good golden files hold. make_golden.c writes them, the tests compare and load them. */
#ifndef GOLDEN_GOOD_H
#define GOLDEN_GOOD_H

#include <stdlib.h>
#include <string.h>

#include "bytes_write.h"
#include "crc32.h"
#include "model_format.h"
#include "model_write.h"

#include "../../predictors/ann/ann.h"
#include "../../predictors/knn/knn.h"
#include "../../predictors/rbf/rbf_put.h"

enum golden {
    GOLDEN_PHYSICS,
    GOLDEN_LINEAR,
    GOLDEN_KNN,
    GOLDEN_ANN,
    GOLDEN_SVR,
    GOLDEN_BAGGED_SVR,
    GOLDEN_OPTIONAL,
    GOLDEN_PER_DOUBT,
    GOLDEN_COUNT
};

static const char *const golden_names[GOLDEN_COUNT] = {[GOLDEN_PHYSICS] = "good-physics",
                                                       [GOLDEN_LINEAR] = "good-linear",
                                                       [GOLDEN_KNN] = "good-knn",
                                                       [GOLDEN_ANN] = "good-ann",
                                                       [GOLDEN_SVR] = "good-svr",
                                                       [GOLDEN_BAGGED_SVR] = "good-bagged-svr",
                                                       [GOLDEN_OPTIONAL] = "good-optional-section",
                                                       [GOLDEN_PER_DOUBT] = "good-per-doubt"};

static const double golden_calibration[9] = {-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4};

static inline void golden_put_numbers(struct bytes_out *out, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes_put_f64(out, values[i]);
}

static inline int golden_physics(unsigned char **data, size_t *length)
{
    static const struct head_spec heads[] = {
        {.target = "downtime", .predictor = "physics", .log_residual = true},
        {.target = "downtime_next", .predictor = "physics", .log_residual = true},
        {.target = "remaining_time", .predictor = "physics", .log_residual = true},
    };
    static const struct model_spec spec = {0.0625, "{\"golden\":\"physics\"}", heads, 3};

    return model_write_memory(&spec, data, length);
}

/* A calibration whose bounds widen with the doubt. */
static inline int golden_per_doubt(unsigned char **data, size_t *length)
{
    static const struct head_spec head = {.target = "downtime",
                                          .predictor = "physics",
                                          .log_residual = true,
                                          .calibration = golden_calibration,
                                          .calibration_count = 9,
                                          .per_doubt = true};
    static const struct model_spec spec = {0.0625, "{\"golden\":\"per-doubt\"}", &head, 1};

    return model_write_memory(&spec, data, length);
}

static inline int golden_linear(unsigned char **data, size_t *length)
{
    static const struct feature_spec features[] = {
        {"remaining_boundary", "bytes", MODEL_LOG, 16.0, 2.0, 1048576.0, 1073741824.0},
        {"working_set_size", "bytes", MODEL_IDENTITY, 0.0, 1e8, 0.0, 4e9},
    };
    static const struct feature_spec rest[] = {{"iteration", "1", MODEL_IDENTITY, 0, 1, 1, 30}};
    static const double residual[] = {0.25, 0.5, -0.125}, plain[] = {1.5, 0.25};
    struct bytes_out first = {0}, second = {0};
    int error = -1;

    golden_put_numbers(&first, residual, 3);
    golden_put_numbers(&second, plain, 2);
    if (!first.failed && !second.failed) {
        const struct head_spec heads[] = {
            {"downtime", "linear", true, features, 2, golden_calibration, 9, first.data,
             first.length, false},
            {"remaining_time", "linear", false, rest, 1, NULL, 0, second.data, second.length,
             false},
        };
        const struct model_spec spec = {0.045, "{\"golden\":\"linear\"}", heads, 2};

        error = model_write_memory(&spec, data, length);
    }
    free(first.data);
    free(second.data);
    return error;
}

static inline int golden_knn(unsigned char **data, size_t *length)
{
    static const struct feature_spec features[] = {
        {"lambda", "1", MODEL_IDENTITY, 0.0, 1.0, 0.0, 2.0},
        {"zero_share", "1", MODEL_IDENTITY, 0.0, 0.5, 0.0, 1.0},
    };
    static const double rows[] = {0, 0, 1, 0, 0, 2, 1, 2, 2, 0, 2, 2};
    static const double targets[] = {0.125, 0.25, 0.375, 0.5, 0.625, 0.75};
    struct bytes_out payload = {0};
    int error = -1;

    bytes_put_u32(&payload, 2);
    bytes_put_u32(&payload, KNN_INVERSE_DISTANCE);
    bytes_put_u64(&payload, 6);
    golden_put_numbers(&payload, rows, 12);
    golden_put_numbers(&payload, targets, 6);
    if (!payload.failed) {
        const struct head_spec head = {"downtime_next", "knn",          false, features, 2, NULL, 0,
                                       payload.data,    payload.length, false};
        const struct model_spec spec = {0.02, "{\"golden\":\"knn\"}", &head, 1};

        error = model_write_memory(&spec, data, length);
    }
    free(payload.data);
    return error;
}

static inline int golden_ann(unsigned char **data, size_t *length)
{
    static const struct feature_spec features[] = {
        {"lambda", "1", MODEL_IDENTITY, 0.0, 1.0, 0.0, 2.0},
        {"iteration", "1", MODEL_IDENTITY, 1.0, 2.0, 1.0, 30.0},
    };
    static const uint32_t shape[] = {2, ANN_TANH, 3, 2, 0, 0};
    static const double neurons[] = {
        0.5, -0.25, 0.125, -1.5, 0.75,  0.0, 2.0,  1.0,   -1.0, /* first layer */
        1.0, -0.5,  0.25,  0.5,  -0.75, 0.5, 1.25, -0.25,       /* second */
        0.5, -1.0,  0.75,                                       /* output */
    };
    struct bytes_out payload = {0};
    int error = -1;

    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++)
        bytes_put_u32(&payload, shape[i]);
    golden_put_numbers(&payload, neurons, sizeof neurons / sizeof neurons[0]);
    if (!payload.failed) {
        const struct head_spec head = {"downtime", "ann", false,        features,       2,
                                       NULL,       0,     payload.data, payload.length, false};
        const struct model_spec spec = {0.02, "{\"golden\":\"ann\"}", &head, 1};

        error = model_write_memory(&spec, data, length);
    }
    free(payload.data);
    return error;
}

/* One head over lambda and zero_share, with whatever payload. */
static inline int golden_head(const char *predictor, const struct bytes_out *payload,
                              unsigned char **data, size_t *length)
{
    static const struct feature_spec features[] = {
        {"lambda", "1", MODEL_IDENTITY, 0.0, 1.0, 0.0, 2.0},
        {"zero_share", "1", MODEL_IDENTITY, 0.0, 0.5, 0.0, 1.0},
    };
    const struct head_spec head = {"downtime_next", predictor,       false, features, 2, NULL, 0,
                                   payload->data,   payload->length, false};
    const struct model_spec spec = {0.02, "{\"golden\":\"kernels\"}", &head, 1};

    return payload->failed ? -1 : model_write_memory(&spec, data, length);
}

static inline int golden_svr(unsigned char **data, size_t *length)
{
    static const double offset[] = {0.5}, coefficient[] = {0.5, -0.25, 0.125};
    static const double vectors[] = {0, 0, 1, 0, 0.5, 2};
    static const struct rbf_parts parts = {3, 2, 0.5, 3, 1, offset, vectors, coefficient};
    struct bytes_out payload = {0};
    int error;

    rbf_put(&payload, &parts);
    error = golden_head("svr", &payload, data, length);
    free(payload.data);
    return error;
}

/* Three bags over five vectors; zero_share never varied. */
static inline int golden_bagged_svr(unsigned char **data, size_t *length)
{
    static const double offset[] = {0.25, 0.375, 0.5}, vectors[] = {0, 0.5, 1, 1.5, 2};
    static const double coefficient[] = {0.5, 0, 0.25, 0, 0.125, 0, 1, 0, -0.5, 0, 0, 0, 0, 0, 2};
    static const struct rbf_parts parts = {1, 1, 2, 5, 3, offset, vectors, coefficient};
    struct bytes_out payload = {0};
    int error;

    bytes_put_u32(&payload, 3);
    bytes_put_u32(&payload, 0);
    rbf_put(&payload, &parts);
    error = golden_head("bagged-svr", &payload, data, length);
    free(payload.data);
    return error;
}

/* Where entry `i` of the section table, and the section itself, begin. */
static inline size_t golden_entry(size_t i)
{
    return MODEL_HEADER_LENGTH + i * MODEL_ENTRY_LENGTH;
}

static inline size_t golden_section(const unsigned char *data, size_t i)
{
    const unsigned char *offset = data + golden_entry(i) + 8;

    return offset[0] | (size_t)offset[1] << 8;
}

/* Makes the checksum right again. */
static inline void golden_seal(unsigned char *data, size_t length)
{
    uint32_t crc = checksum_crc32(data, length - MODEL_CHECKSUM_LENGTH);

    for (size_t i = 0; i < MODEL_CHECKSUM_LENGTH; i++)
        data[length - MODEL_CHECKSUM_LENGTH + i] = (unsigned char)(crc >> 8 * i);
}

/* The physics file with its last head turned into an optional section of an unknown type. */
static inline int golden_optional(unsigned char **data, size_t *length)
{
    int error = golden_physics(data, length);

    if (!error) {
        memcpy(*data + golden_entry(4), "\x07\0\0\x80", 4);
        golden_seal(*data, *length);
    }
    return error;
}

static inline int golden_build(enum golden which, unsigned char **data, size_t *length)
{
    switch (which) {
    case GOLDEN_PHYSICS: return golden_physics(data, length);
    case GOLDEN_LINEAR: return golden_linear(data, length);
    case GOLDEN_KNN: return golden_knn(data, length);
    case GOLDEN_ANN: return golden_ann(data, length);
    case GOLDEN_SVR: return golden_svr(data, length);
    case GOLDEN_BAGGED_SVR: return golden_bagged_svr(data, length);
    case GOLDEN_PER_DOUBT: return golden_per_doubt(data, length);
    default: return golden_optional(data, length);
    }
}

#endif
