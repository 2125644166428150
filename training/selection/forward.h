/* SPDX-License-Identifier: MIT */
/*
 * Forward selection: features are added one by one, always the one with the least cross-validated
 * error in folds of whole migrations; then the fewest are kept that do as well as the best number.
 */
#ifndef FORWARD_H
#define FORWARD_H

#include "fit.h"
#include "folds.h"
#include "ticker.h"

struct forward_rules {
    const struct precopyml_train_dataset *dataset;
    const struct selection *rows; /* to fit and to forecast */
    const struct folds *folds;
    struct recipe
        recipe;    /* with mode and hyper-parameters; its features are there from the start */
    uint32_t most; /* features in the end */
    double alpha;
    uint32_t threads;
};

/* A candidate: in, with its feature and NaN; out, what came of it. */
struct forward_candidate {
    uint32_t feature;
    uint32_t step; /* when it was added, from 1; 0: never */
    double score;  /* mean |log(forecast / observed)| when it was last tried */
    struct precopyml_train_interval gain; /* the score's difference, when it was added */
};

struct forward_outcome {
    size_t length; /* the steps to keep: 1 to this */
    double before; /* score without any */
    double after;  /* with these */
};

/* 0 or what fitting says. */
int forward_select(const struct forward_rules *rules, struct forward_candidate *candidate,
                   size_t count, struct ticker *ticker, struct forward_outcome *outcome);

#endif
