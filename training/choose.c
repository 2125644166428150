/* SPDX-License-Identifier: MIT */
#include "choose.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "folds.h"
#include "train_error.h"

/* Physics is a log residual of zero; for the others the residual comes first, and wins a tie. */
static size_t list_modes(const struct recipe *recipe, enum precopyml_train_mode mode, bool *list)
{
    size_t count = 0;

    if (mode != PRECOPYML_TRAIN_PLAIN || recipe->trainer->flags & PRECOPYML_TRAINER_PHYSICS)
        list[count++] = true;
    if (mode != PRECOPYML_TRAIN_LOG_RESIDUAL &&
        !(recipe->trainer->flags & PRECOPYML_TRAINER_PHYSICS))
        list[count++] = false;
    return count;
}

static size_t count_candidates(const struct recipe *recipe, const struct options_left *left)
{
    bool modes[2];

    return list_modes(recipe, left->mode, modes) *
           hyper_combinations(recipe->trainer, &left->fixed);
}

size_t choose_steps(const struct recipe *recipe, const struct options_left *left)
{
    return count_candidates(recipe, left) * left->folds;
}

static int list_candidates(const struct recipe *recipe, const struct options_left *left,
                           struct choice *choice)
{
    size_t combinations = hyper_combinations(recipe->trainer, &left->fixed);
    bool modes[2];

    list_modes(recipe, left->mode, modes);
    choice->count = count_candidates(recipe, left);
    choice->candidate = calloc(choice->count, sizeof *choice->candidate);
    if (!choice->candidate)
        return train_no_memory();
    for (size_t i = 0; i < choice->count; i++) {
        choice->candidate[i].log_residual = modes[i / combinations];
        choice->candidate[i].hyper =
            hyper_combination(recipe->trainer, &left->fixed, i % combinations);
        choice->candidate[i].score = NAN;
    }
    return 0;
}

static struct recipe recipe_of(const struct recipe *open, const struct candidate *candidate)
{
    struct recipe recipe = *open;

    recipe.log_residual = candidate->log_residual;
    recipe.hyper = candidate->hyper;
    return recipe;
}

/* The rows of one fold, taught and tested, and room for the answers. */
struct bench {
    size_t *train, *test;
    size_t train_count, test_count;
    double *forecast;
};

static int bench_alloc(struct bench *bench, size_t rows)
{
    *bench = (struct bench){calloc(rows, sizeof(size_t)), calloc(rows, sizeof(size_t)), 0, 0,
                            calloc(rows, sizeof(double))};
    return bench->train && bench->test && bench->forecast ? 0 : train_no_memory();
}

static void bench_free(struct bench *bench)
{
    free(bench->train);
    free(bench->test);
    free(bench->forecast);
}

/* Adds the absolute log errors of one fold to the candidate's score. */
static int try_candidate(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
                         struct bench *bench, struct candidate *candidate)
{
    precopyml_model *model = NULL;
    int error = fit_model(dataset, recipe, bench->train, bench->train_count, &model);

    if (error == -ENODATA) {
        candidate->score = INFINITY;
        return 0;
    }
    if (!error)
        error = fit_forecast(dataset, model, recipe->target, bench->test, bench->test_count,
                             bench->forecast, &candidate->refused);
    precopyml_model_unref(&model);
    for (size_t i = 0; !error && i < bench->test_count; i++) {
        double observed = dataset->row[bench->test[i]].target[recipe->target];

        candidate->score += fabs(log(relative(bench->forecast[i], observed)));
    }
    return error;
}

static int cross_validate(const struct precopyml_train_dataset *dataset,
                          const struct recipe *recipe, const struct folds *folds, const size_t *row,
                          size_t rows, struct ticker *ticker, struct choice *choice)
{
    struct bench bench;
    int error = bench_alloc(&bench, rows);

    for (size_t i = 0; i < choice->count; i++)
        choice->candidate[i].score = 0;
    for (uint32_t fold = 0; !error && fold < folds->count; fold++) {
        folds_split(folds, dataset, row, rows, fold, bench.train, &bench.train_count, bench.test,
                    &bench.test_count);
        for (size_t i = 0; !error && i < choice->count; i++) {
            struct recipe one = recipe_of(recipe, &choice->candidate[i]);

            error = try_candidate(dataset, &one, &bench, &choice->candidate[i]);
            ticker_step(ticker);
        }
    }
    bench_free(&bench);
    for (size_t i = 0; i < choice->count; i++) {
        choice->candidate[i].score /= (double)rows;
        if (choice->candidate[i].score < choice->candidate[choice->best].score)
            choice->best = i;
    }
    return error;
}

int choose(const struct precopyml_train_dataset *dataset, struct recipe *recipe,
           const struct options_left *left, const size_t *row, size_t rows, struct ticker *ticker,
           struct choice *choice)
{
    struct folds folds = {0};
    int error;

    *choice = (struct choice){0};
    error = list_candidates(recipe, left, choice);
    if (!error)
        error = folds_make(dataset, row, rows, left->folds, recipe->seed, &folds);
    choice->folds = folds.count;
    if (!error && folds.count >= 2)
        error = cross_validate(dataset, recipe, &folds, row, rows, ticker, choice);
    else if (!error && choice->count > 1)
        error = train_error(-ENODATA,
                            "%s: one migration cannot be cross-validated: "
                            "state mode and hyper-parameters",
                            dataset->name);
    folds_free(&folds);
    if (!error && choice->candidate[choice->best].score == INFINITY)
        error = train_error(-ENODATA, "%s: too few rows to cross-validate predictor %s",
                            dataset->name, recipe->trainer->name);
    if (error)
        choice_free(choice);
    else
        *recipe = recipe_of(recipe, &choice->candidate[choice->best]);
    return error;
}

void choice_free(struct choice *choice)
{
    free(choice->candidate);
    *choice = (struct choice){0};
}
