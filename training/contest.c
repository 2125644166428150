/* SPDX-License-Identifier: MIT */
#include "contest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nested.h"
#include "report.h"
#include "train_error.h"
#include "trainer.h"

void contest_enter(const struct contest_rules *rules, const struct precopyml_trainer_ops *trainer,
                   struct recipe *recipe, struct options_left *left)
{
    *recipe = *rules->open;
    recipe->trainer = trainer;
    if (trainer->flags & PRECOPYML_TRAINER_PHYSICS)
        recipe->features = (struct feature_set){0};
    *left = (struct options_left){
        .mode = rules->mode, .folds = rules->folds, .threads = rules->threads};
    hyper_parse(trainer, NULL, &left->fixed); /* all open */
}

static size_t steps_of(const struct contest_rules *rules,
                       const struct precopyml_trainer_ops *trainer)
{
    struct folds folds = {.count = rules->folds};
    struct options_left left;
    struct recipe recipe;

    contest_enter(rules, trainer, &recipe, &left);
    return nested_steps(&folds, &recipe, &left);
}

size_t contest_steps(const struct contest_rules *rules)
{
    size_t steps = 0;

    for (size_t i = 0; i < rules->lineup->count; i++)
        steps += steps_of(rules, rules->lineup->trainer[i]);
    return steps;
}

/* ---- Forecasts ---- */

static int list_contenders(const struct lineup *lineup, struct contest *contest)
{
    contest->count = lineup->count;
    contest->contender = calloc(contest->count, sizeof *contest->contender);
    if (!contest->contender)
        return train_no_memory();
    for (size_t i = 0; i < contest->count; i++)
        contest->contender[i].trainer = lineup->trainer[i];
    return 0;
}

static bool is_physics(const struct contender *contender)
{
    return contender->trainer->flags & PRECOPYML_TRAINER_PHYSICS;
}

/* Forecasts of every contender, one a row of the data set each. */
static int forecast_all(const struct contest_rules *rules, const struct folds *folds,
                        struct ticker *ticker, struct contest *contest, double *forecast)
{
    struct nested nested = {rules->dataset, rules->selection, folds, ticker};

    for (size_t i = 0; i < contest->count; i++) {
        struct contender *contender = &contest->contender[i];
        size_t total = ticker->total - steps_of(rules, contender->trainer) - ticker->done;
        struct options_left left;
        struct recipe recipe;
        int error;

        contest_enter(rules, contender->trainer, &recipe, &left);
        error = nested_forecast(&nested, &recipe, &left, forecast + i * rules->dataset->rows,
                                &contender->refused);
        if (error && (error == -ENOMEM || is_physics(contender)))
            return error;
        contender->fitted = !error;
        if (error)
            snprintf(contender->why, sizeof contender->why, "%s", precopyml_train_error_message());
        ticker->total = total + ticker->done; /* few migrations, or a trainer that gave up */
    }
    return 0;
}

/* ---- Comparison ---- */

/* Score of contender i, and its difference to that of contender j on the same rows. */
static int compare(const struct contest_rules *rules, const struct contest *contest,
                   const double *forecast, size_t i, size_t j, double *score,
                   struct precopyml_train_interval *difference)
{
    struct scoring scoring = {rules->dataset, rules->selection,    rules->open->target,
                              CONTEST_DRAWS,  contest->confidence, rules->open->seed};
    struct precopyml_train_score filled = {.name = contest->contender[i].trainer->name};
    size_t rows = rules->dataset->rows;
    int error = report_score(&scoring, forecast + i * rows, forecast + j * rows, &filled);

    *score = filled.metric[PRECOPYML_TRAIN_LOG_ERROR].value;
    *difference = filled.metric[PRECOPYML_TRAIN_LOG_VS_PHYSICS];
    return error;
}

/*
 * Whether a difference of scores is below zero. Resampling cannot see that so few migrations may
 * agree by chance: with n of them the odds are 2^-n that a difference that is nothing is below zero
 * in every one.
 */
static bool is_beyond_chance(const struct contest *contest,
                             const struct precopyml_train_interval *difference)
{
    return difference->upper < 0 &&
           ldexp(1, -(int)fmin((double)contest->migrations, 1000)) <= (1 - contest->confidence) / 2;
}

static int compare_all(const struct contest_rules *rules, const double *forecast, size_t physics,
                       struct contest *contest)
{
    size_t learned = 0;

    for (size_t i = 0; i < contest->count; i++)
        learned += contest->contender[i].fitted && i != physics;
    contest->confidence = 1 - (1 - CONTEST_CONFIDENCE) / (double)(learned > 1 ? learned : 1);
    for (size_t i = 0; i < contest->count; i++) {
        struct contender *contender = &contest->contender[i];
        int error;

        if (!contender->fitted)
            continue;
        error = compare(rules, contest, forecast, i, physics, &contender->score,
                        &contender->minus_physics);
        if (error)
            return error;
        contender->is_better = i != physics && is_beyond_chance(contest, &contender->minus_physics);
    }
    return 0;
}

/* The fitted contender of the least score, of those that are better than physics or of all. */
static size_t least(const struct contest *contest, bool only_better, size_t but)
{
    size_t best = contest->count;

    for (size_t i = 0; i < contest->count; i++) {
        const struct contender *contender = &contest->contender[i];

        if (contender->fitted && i != but && (contender->is_better || !only_better) &&
            (best == contest->count || contender->score < contest->contender[best].score))
            best = i;
    }
    return best;
}

static int decide(const struct contest_rules *rules, const double *forecast,
                  struct contest *contest)
{
    size_t physics = 0;
    double score;
    int error;

    while (physics < contest->count && !is_physics(&contest->contender[physics]))
        physics++;
    if (physics == contest->count)
        return trainer_unknown("physics");
    error = compare_all(rules, forecast, physics, contest);
    if (error)
        return error;
    contest->picked = least(contest, true, contest->count);
    if (contest->picked == contest->count)
        contest->picked = physics;
    contest->runner_up = least(contest, false, contest->picked);
    if (contest->runner_up == contest->count)
        return 0;
    error = compare(rules, contest, forecast, contest->picked, contest->runner_up, &score,
                    &contest->minus_runner_up);
    contest->beats_runner_up = !error && is_beyond_chance(contest, &contest->minus_runner_up);
    return error;
}

static size_t count_migrations(const struct folds *folds, uint32_t groups)
{
    size_t count = 0;

    for (uint32_t i = 0; i < groups; i++)
        count += folds->of_group[i] != UINT32_MAX;
    return count;
}

int contest_run(const struct contest_rules *rules, struct ticker *ticker, struct contest *contest)
{
    const struct selection *selection = rules->selection;
    struct folds folds = {0};
    double *forecast = NULL;
    int error;

    *contest = (struct contest){0};
    error = list_contenders(rules->lineup, contest);
    if (!error)
        error = folds_make(rules->dataset, selection->row, selection->count, rules->folds,
                           rules->open->seed, &folds);
    if (!error && folds.count < 2)
        error = train_error(-ENODATA, "%s: one migration does not tell which predictor is best",
                            rules->dataset->name);
    if (!error) {
        contest->folds = folds.count;
        contest->migrations = count_migrations(&folds, rules->dataset->groups);
        forecast = calloc(contest->count, rules->dataset->rows * sizeof *forecast);
        error = forecast ? 0 : train_no_memory();
    }
    if (!error)
        error = forecast_all(rules, &folds, ticker, contest, forecast);
    if (!error)
        error = decide(rules, forecast, contest);
    free(forecast);
    folds_free(&folds);
    if (error)
        contest_free(contest);
    return error;
}

void contest_free(struct contest *contest)
{
    free(contest->contender);
    *contest = (struct contest){0};
}
