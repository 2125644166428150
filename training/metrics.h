/* SPDX-License-Identifier: MIT */
/* How good forecasts are, with bootstrap intervals over whole migrations. */
#ifndef METRICS_H
#define METRICS_H

#include <precopyml-train.h>

/* From here on a downtime is one that people notice. */
#define METRICS_LONG 0.2

/* Rows that have a forecast; at least one. */
struct metrics_rows {
    size_t rows;
    const double *observed; /* s, >= 0 */
    const double *forecast; /* s, finite */
    const double *physics;  /* s; NaN where physics has none: such rows are not compared with it */
    const uint32_t *group;  /* migration of each, under `groups` */
    uint32_t groups;
};

/*
 * Fills `metric`, one a metric; what the rows do not determine is NaN. A draw takes as many
 * migrations as there are, with replacement; the same `groups` and `seed` draw the same ones, so
 * that contenders are compared on equal resamples. 0 draws: no intervals. 0 or -ENOMEM.
 */
int metrics_score(const struct metrics_rows *rows, uint32_t draws, double confidence, uint64_t seed,
                  struct precopyml_train_interval *metric);

#endif
