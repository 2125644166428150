/* SPDX-License-Identifier: MIT */
/*
 * Folds of whole migrations. Rows of one migration resemble each other, so a fold that split one
 * would test a predictor on what it has seen.
 */
#ifndef FOLDS_H
#define FOLDS_H

#include "dataset.h"

struct folds {
    uint32_t count;
    uint32_t *of_group; /* fold of each migration; UINT32_MAX: it has no selected row */
};

/*
 * Deals the migrations of the selected rows into `wanted` folds at random, or into as many as there
 * are migrations. count is 1 when there is a single migration. 0 or -ENOMEM.
 */
int folds_make(const struct precopyml_train_dataset *dataset, const size_t *row, size_t rows,
               uint32_t wanted, uint64_t seed, struct folds *folds);
void folds_free(struct folds *folds);

/*
 * Splits rows into those outside a fold and those in it, in their order. `train` and `test` have
 * room for all of them.
 */
void folds_split(const struct folds *folds, const struct precopyml_train_dataset *dataset,
                 const size_t *row, size_t rows, uint32_t fold, size_t *train, size_t *train_count,
                 size_t *test, size_t *test_count);

#endif
