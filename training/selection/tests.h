/* SPDX-License-Identifier: MIT */
/* Tests of each feature by itself against a target. */
#ifndef TESTS_H
#define TESTS_H

#include "dataset.h"

/* The rows in tests, and what is asked of them. */
struct tests {
    const struct precopyml_train_dataset *dataset;
    enum precopyml_target target;
    const size_t *row;
    size_t rows;
    uint32_t bins;
    uint32_t threads;
};

/* Columns of the candidates that vary, side by side: their numbers among all, and their values. */
struct test_columns {
    size_t count;
    uint32_t candidate[PRECOPYML_FEATURE_COUNT];
    double *value[PRECOPYML_FEATURE_COUNT]; /* scaled as for training, one a row */
    double *rank[PRECOPYML_FEATURE_COUNT];
    double *target; /* log */
};

/*
 * Fills in a candidate's figures but for corrections, rank and everything of the forward selection,
 * for those whose reason is PRECOPYML_TRAIN_CHOSEN or _GIVEN; what does not vary becomes
 * PRECOPYML_TRAIN_CONSTANT. 0 or -ENOMEM; free the columns either way.
 */
int tests_run(const struct tests *tests, struct precopyml_train_candidate *candidate, size_t count,
              struct test_columns *columns);
void tests_free(struct test_columns *columns);

#endif
