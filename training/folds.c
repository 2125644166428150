/* SPDX-License-Identifier: MIT */
#include "folds.h"

#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "train_error.h"

/* The migrations that the rows come from, in the data set's order. */
static size_t list_groups(const struct precopyml_train_dataset *dataset, const size_t *row,
                          size_t rows, uint32_t *of_group, uint32_t *group)
{
    size_t count = 0;

    for (uint32_t i = 0; i < dataset->groups; i++)
        of_group[i] = UINT32_MAX;
    for (size_t i = 0; i < rows; i++)
        of_group[dataset->row[row[i]].group] = 0;
    for (uint32_t i = 0; i < dataset->groups; i++) {
        if (of_group[i] == 0)
            group[count++] = i;
    }
    return count;
}

int folds_make(const struct precopyml_train_dataset *dataset, const size_t *row, size_t rows,
               uint32_t wanted, uint64_t seed, struct folds *folds)
{
    uint32_t *group = calloc(dataset->groups + (size_t)1, sizeof *group);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    size_t count;

    folds->of_group = calloc(dataset->groups + (size_t)1, sizeof *folds->of_group);
    if (!group || !rng || !folds->of_group) {
        free(group);
        gsl_rng_free(rng);
        folds_free(folds);
        return train_no_memory();
    }
    count = list_groups(dataset, row, rows, folds->of_group, group);
    folds->count = count < wanted ? (uint32_t)count : wanted;
    gsl_rng_set(rng, (unsigned long)seed);
    gsl_ran_shuffle(rng, group, count, sizeof *group);
    for (size_t i = 0; i < count; i++)
        folds->of_group[group[i]] = (uint32_t)(i % folds->count);
    free(group);
    gsl_rng_free(rng);
    return 0;
}

void folds_free(struct folds *folds)
{
    free(folds->of_group);
    *folds = (struct folds){0};
}

void folds_split(const struct folds *folds, const struct precopyml_train_dataset *dataset,
                 const size_t *row, size_t rows, uint32_t fold, size_t *train, size_t *train_count,
                 size_t *test, size_t *test_count)
{
    *train_count = *test_count = 0;
    for (size_t i = 0; i < rows; i++) {
        if (folds->of_group[dataset->row[row[i]].group] == fold)
            test[(*test_count)++] = row[i];
        else
            train[(*train_count)++] = row[i];
    }
}
