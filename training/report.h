/* SPDX-License-Identifier: MIT */
/* The scores of one evaluation. */
#ifndef REPORT_H
#define REPORT_H

#include "dataset.h"

struct precopyml_train_report {
    struct precopyml_train_score *score;
    size_t count;
};

struct scoring {
    const struct precopyml_train_dataset *dataset;
    const struct selection *selection;
    enum precopyml_target target;
    uint32_t draws;
    double confidence;
    uint64_t seed;
};

/*
 * Fills in counts and metrics of a contender's forecasts; these are one a row of the data set, NaN
 * where there is none, and so are those of physics, or of whatever else is to be compared with. No
 * forecast at all: rows is 0 and the metrics stay as they are. 0 or -ENOMEM.
 */
int report_score(const struct scoring *scoring, const double *forecast, const double *physics,
                 struct precopyml_train_score *score);

/*
 * The same, and appends the score with its name copied; a contender without any forecast is left
 * out. 0 or -ENOMEM.
 */
int report_add(struct precopyml_train_report *report, const struct scoring *scoring,
               const double *forecast, const double *physics,
               const struct precopyml_train_score *score);

#endif
