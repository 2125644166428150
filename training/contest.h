/* SPDX-License-Identifier: MIT */
/*
 * The predictor "auto": which trainer is best, and whether it is really better than physics.
 *
 * Every trainer forecasts every row in nested cross-validation on the same folds, so none gains by
 * having more to choose from. A learned one is picked only when it is better than physics beyond
 * chance: the interval of the difference, from resampling whole migrations, lies below zero. As
 * many learned ones as are tried, so many chances there are to be lucky; the intervals hold for all
 * of them at once (Bonferroni). Of those that are better the least score wins, else physics does.
 */
#ifndef CONTEST_H
#define CONTEST_H

#include "choose.h"
#include "lineup.h"

#define CONTEST_CONFIDENCE 0.95
enum { CONTEST_DRAWS = 4000 };

struct contender {
    const struct precopyml_trainer_ops *trainer;
    bool fitted;
    char why[160];  /* not; names files, so it is for the log only */
    bool is_better; /* than physics, beyond chance */
    size_t refused;
    double score;                                  /* mean |log(forecast / observed)| */
    struct precopyml_train_interval minus_physics; /* difference of scores; below 0: better */
};

struct contest {
    struct contender *contender; /* in the order of the line-up */
    size_t count;
    size_t picked;
    size_t runner_up; /* least score of the others; `count`: there is no other */
    struct precopyml_train_interval minus_runner_up; /* of the picked one's score */
    bool beats_runner_up;                            /* beyond chance */
    double confidence;                               /* of each interval */
    size_t migrations;
    uint32_t folds;
};

/* What is compared on. */
struct contest_rules {
    const struct precopyml_train_dataset *dataset;
    const struct selection *selection;
    const struct recipe *open; /* all but the trainer; with the features of those that learn */
    const struct lineup *lineup;
    enum precopyml_train_mode mode;
    uint32_t folds;
    uint32_t threads;
};

/* The recipe and what is left to choose for one trainer. */
void contest_enter(const struct contest_rules *rules, const struct precopyml_trainer_ops *trainer,
                   struct recipe *recipe, struct options_left *left);

/* Steps that contest_run() will tick, at most. */
size_t contest_steps(const struct contest_rules *rules);

/*
 * A trainer that cannot be fitted is left out, unless it is physics. 0, -ENODATA with a single
 * migration, -ENOMEM, or what fitting physics says. contest_free() it then.
 */
int contest_run(const struct contest_rules *rules, struct ticker *ticker, struct contest *contest);
void contest_free(struct contest *contest);

#endif
