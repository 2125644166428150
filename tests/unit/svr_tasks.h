/* SPDX-License-Identifier: MIT */
/* What the tests of support vector training share: tasks, fits, forecasts. */
#ifndef SVR_TASKS_H
#define SVR_TASKS_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <precopyml-predictor.h>
#include <precopyml-train.h>

extern const struct precopyml_predictor_ops predictor_svr, predictor_bagged_svr;
extern const struct precopyml_trainer_ops trainer_svr, trainer_bagged_svr;

/* Even in [0, 1); the same numbers in every run. */
static inline double noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / 16777216.0;
}

enum { TASK_ROWS = 300, TASK_FEATURES = 4, TASK_GROUP = 6, TASK_OPTIONS = 8 };

/* A task with room of its own. */
struct small_task {
    struct precopyml_trainer_task task;
    double x[TASK_ROWS * TASK_FEATURES], y[TASK_ROWS], option[TASK_OPTIONS];
    uint32_t group[TASK_ROWS];
};

/* Every option at the middle of its grid. */
static inline void options_of(const struct precopyml_trainer_ops *ops, double *option)
{
    for (size_t i = 0; ops->options[i].name; i++)
        option[i] = ops->options[i].grid[(ops->options[i].grid_count - 1) / 2];
}

/* Inputs as the library scales them, a curved truth, some noise. */
static inline void small_task_init(struct small_task *small,
                                   const struct precopyml_trainer_ops *ops, uint32_t seed)
{
    small->task =
        (struct precopyml_trainer_task){sizeof small->task, TASK_ROWS,    TASK_FEATURES, small->x,
                                        small->y,           small->group, small->option, seed};
    for (size_t i = 0; i < TASK_ROWS; i++) {
        double *x = small->x + i * TASK_FEATURES;

        for (size_t j = 0; j < TASK_FEATURES; j++)
            x[j] = sqrt(12) * (noise(&seed) - 0.5);
        small->group[i] = (uint32_t)(i / TASK_GROUP);
        small->y[i] = 7 + 3 * sin(x[0]) + x[1] * x[2] + 0.2 * noise(&seed);
    }
    options_of(ops, small->option);
}

static inline struct precopyml_trainer_result fit_or_fail(const struct precopyml_trainer_ops *ops,
                                                          const struct precopyml_trainer_task *task)
{
    struct precopyml_trainer_result result = {.size = sizeof result};
    int error = ops->fit(task, &result);

    if (error)
        fail_msg("%s: %d, %s", ops->name, error, result.note);
    return result;
}

static inline void *state_of(const struct precopyml_predictor_ops *ops,
                             const struct precopyml_trainer_result *result, size_t features)
{
    void *state = NULL;

    assert_int_equal(ops->load(result->payload, result->length, features, &state), 0);
    return state;
}

static inline double forecast(const struct precopyml_predictor_ops *ops, const void *state,
                              const double *x, double *spread)
{
    double value = NAN;

    *spread = NAN;
    assert_int_equal(ops->predict(state, NULL, x, &value, spread), 0);
    return value;
}

static inline void assert_same_fit(const struct precopyml_trainer_result *a,
                                   const struct precopyml_trainer_result *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->payload, b->payload, a->length);
}

#endif
