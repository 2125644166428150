/* SPDX-License-Identifier: MIT */
/* Fits one head of a model, with everything already chosen, to some rows of a data set. */
#ifndef FIT_H
#define FIT_H

#include "dataset.h"
#include "feature_rules.h"
#include "hyper.h"
#include "model_write.h"

struct recipe {
    const struct precopyml_trainer_ops *trainer;
    enum precopyml_target target;
    enum precopyml_target overhead_target; /* whose labels the physics overhead is fitted to */
    const struct selection *overhead_rows; /* the rows that have one */
    struct feature_set features;
    bool log_residual;
    struct hyper hyper;
    uint64_t seed;
};

/* A fitted head; `spec` points into it, so it stays where it is. */
struct head {
    struct head_spec spec;
    struct feature_spec features[PRECOPYML_FEATURE_COUNT];
    char note[128];
};

/*
 * Fits the overhead to the labels of the migrations that the rows come from: the median of what
 * physics without overhead lacks, never under 0; the built-in overhead when physics has no forecast
 * for any of them. 0 or -ENOMEM.
 */
int fit_overhead(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
                 const size_t *row, size_t rows, double *overhead);

/* 0, -EBADMSG physics has no forecast for a row, -ENODATA, -ENOMEM, or what the trainer says. */
int fit_head(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
             const size_t *row, size_t rows, double overhead, struct head *head);
void head_free(struct head *head);

/* Overhead and head as a model that is ready to forecast: written and read as its file would be. */
int fit_model(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
              const size_t *row, size_t rows, precopyml_model **model);

/*
 * Forecasts of a model for some rows, put where these lie in the data set: `forecast` has one a row
 * of that. Where the model refuses, physics takes its place, and that is added to *refused; NaN
 * where physics refuses too. 0 or -ENOMEM.
 */
int fit_forecast(const struct precopyml_train_dataset *dataset, const precopyml_model *model,
                 enum precopyml_target target, const size_t *row, size_t rows, double *forecast,
                 size_t *refused);

#endif
