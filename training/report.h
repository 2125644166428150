/* SPDX-License-Identifier: MIT */
/* The scores of one evaluation. */
#ifndef REPORT_H
#define REPORT_H

#include "dataset.h"

struct precopyml_train_report {
    struct precopyml_train_score *score;
    size_t count;
};

/*
 * Scores a contender's forecasts, one a row of the data set, NaN where it has none, and appends
 * `score` with its name copied and its counts and metrics filled in. A contender without any
 * forecast is left out. 0 or -ENOMEM.
 */
int report_add(struct precopyml_train_report *report, const struct precopyml_train_dataset *dataset,
               const struct selection *selection, enum precopyml_target target,
               const double *forecast, const double *physics, uint32_t draws, double confidence,
               uint64_t seed, const struct precopyml_train_score *score);

#endif
