/* SPDX-License-Identifier: MIT */
/* What the tests of the perceptron's training share: a task of known truth. */
#ifndef ANN_EXAMPLE_H
#define ANN_EXAMPLE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "trainer.h"

#include "tables.h"

enum { ROWS = 200, FEATURES = 3 };

/* Migrations of five rows each; three features of mean 0 and spread of about 1. */
struct example {
    double x[ROWS * FEATURES];
    double y[ROWS];
    uint32_t group[ROWS];
    double option[4]; /* hidden, outliers (1: full), members, epochs */
    struct precopyml_trainer_task task;
};

static inline double truth(const double *x)
{
    return 0.4 + 0.2 * sin(2 * x[0]) + 0.1 * x[1] * x[1];
}

static inline void example_begin(struct example *example, size_t rows)
{
    uint32_t seed = 7;

    *example = (struct example){.option = {8, 1, 5, 300}};
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < FEATURES; j++)
            example->x[i * FEATURES + j] = 3.4 * noise(&seed) - 1.7;
        example->y[i] = truth(example->x + i * FEATURES);
        example->group[i] = 1000 - 3 * (uint32_t)(i / 5);
    }
    example->task = (struct precopyml_trainer_task){.size = sizeof example->task,
                                                    .rows = rows,
                                                    .feature_count = FEATURES,
                                                    .x = example->x,
                                                    .y = example->y,
                                                    .group = example->group,
                                                    .option = example->option,
                                                    .seed = 1};
}

static inline int fit(const struct example *example, struct precopyml_trainer_result *result)
{
    *result = (struct precopyml_trainer_result){.size = sizeof *result};
    return trainer_find("ann")->fit(&example->task, result);
}

#endif
