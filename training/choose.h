/* SPDX-License-Identifier: MIT */
/* Chooses mode and hyper-parameters by cross-validation in folds of whole migrations. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "fit.h"
#include "ticker.h"

struct candidate {
    bool log_residual;
    struct hyper hyper;
    double score; /* mean |log(forecast / observed)|; infinite: cannot be fitted; NaN: not tried */
    size_t refused;
};

struct choice {
    struct candidate *candidate;
    size_t count;
    size_t best;
    uint32_t folds; /* 1: nothing was tried, there is one migration and one candidate */
};

/* What may be chosen from. */
struct options_left {
    enum precopyml_train_mode mode;
    struct hyper fixed;
    uint32_t folds;
    uint32_t threads; /* that fit; 0: one a processor. No result depends on it */
};

/* Steps that choose() will tick, for ticker.total. With fewer migrations than folds it takes some
 * off. */
size_t choose_steps(const struct recipe *recipe, const struct options_left *left);

/*
 * Tries every candidate on the rows and puts the best (of equals, the first) into `recipe`.
 * 0, -ENODATA when the rows are too few to choose, or what fitting says. choice_free() it then.
 */
int choose(const struct precopyml_train_dataset *dataset, struct recipe *recipe,
           const struct options_left *left, const size_t *row, size_t rows, struct ticker *ticker,
           struct choice *choice);
void choice_free(struct choice *choice);

#endif
