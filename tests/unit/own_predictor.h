/* SPDX-License-Identifier: MIT */
/*
 * A predictor that only the tests know, with all that the interface offers: an option, scratch
 * memory, a spread and a state to free. It says the mean of the targets, moved by how far the
 * inputs are from their means.
 */
#ifndef OWN_PREDICTOR_H
#define OWN_PREDICTOR_H

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <precopyml-predictor.h>
#include <precopyml-train.h>

/* The payload: a slope, the target's mean, then the inputs' means. */
struct own_state {
    size_t features;
    double number[];
};

static inline int own_load(const void *payload, size_t length, size_t feature_count, void **state)
{
    struct own_state *own;

    if (length != (feature_count + 2) * sizeof(double))
        return -EBADMSG;
    own = malloc(sizeof *own + length);
    if (!own)
        return -ENOMEM;
    own->features = feature_count;
    memcpy(own->number, payload, length);
    for (size_t i = 0; i < feature_count + 2; i++) {
        if (!isfinite(own->number[i])) {
            free(own);
            return -EBADMSG;
        }
    }
    *state = own;
    return 0;
}

static inline size_t own_scratch_size(const void *state)
{
    return ((const struct own_state *)state)->features * sizeof(double);
}

static inline int own_predict(const void *state, void *scratch, const double *x, double *value,
                              double *spread)
{
    const struct own_state *own = state;
    double *distance = scratch, sum = 0;

    for (size_t i = 0; i < own->features; i++)
        distance[i] = x[i] - own->number[2 + i];
    for (size_t i = 0; i < own->features; i++)
        sum += tanh(distance[i]);
    *value = own->number[1] + own->number[0] * sum;
    *spread = fabs(sum);
    return isfinite(*value) ? 0 : -ERANGE;
}

static inline int own_fit(const struct precopyml_trainer_task *task,
                          struct precopyml_trainer_result *result)
{
    size_t count = task->feature_count + 2;
    double *number;

    if (task->rows < 2)
        return -ENODATA;
    number = calloc(count, sizeof *number);
    if (!number)
        return -ENOMEM;
    number[0] = task->option[0];
    for (size_t i = 0; i < task->rows; i++) {
        number[1] += task->y[i] / (double)task->rows;
        for (size_t j = 0; j < task->feature_count; j++)
            number[2 + j] += task->x[i * task->feature_count + j] / (double)task->rows;
    }
    result->payload = number;
    result->length = count * sizeof *number;
    return 0;
}

static const struct precopyml_predictor_ops own_predictor = {PRECOPYML_PREDICTOR_OPS_INIT,
                                                             "own",
                                                             "of the tests",
                                                             own_load,
                                                             own_scratch_size,
                                                             own_predict,
                                                             free};

static const double own_slopes[] = {0.01, 0.02};
static const struct precopyml_trainer_option own_options[] = {
    {.name = "slope", .meaning = "how far", .max = 1, .grid = own_slopes, .grid_count = 2},
    {.name = NULL},
};
static const struct precopyml_trainer_ops own_trainer = {.size = PRECOPYML_TRAINER_OPS_INIT,
                                                         .name = "own",
                                                         .summary = "takes means",
                                                         .options = own_options,
                                                         .fit = own_fit};

static inline int broken_fit(const struct precopyml_trainer_task *task,
                             struct precopyml_trainer_result *result)
{
    (void)task;
    (void)result;
    return -EINVAL;
}

static const struct precopyml_trainer_ops broken_trainer = {.size = PRECOPYML_TRAINER_OPS_INIT,
                                                            .name = "broken",
                                                            .summary = "fits nothing",
                                                            .fit = broken_fit};

/* Both halves, as a program does. */
static inline int own_register(void)
{
    int error = precopyml_predictor_register(&own_predictor);

    return error ? error : precopyml_trainer_register(&own_trainer);
}

#endif
