/* SPDX-License-Identifier: MIT */
#include "choose.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "folds.h"
#include "jobs.h"
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

/* All fits of one cross-validation; what comes of each stands by itself until all are done. */
struct trials {
    const struct precopyml_train_dataset *dataset;
    const struct recipe *open;
    const struct folds *folds;
    const size_t *row;
    size_t rows;
    const struct choice *choice;
    struct trial {
        double error; /* sum of |log(forecast / observed)|; infinite: too few rows */
        size_t refused;
    } * trial; /* fold by fold, in each one a candidate */
};

/* The rows of one fold, taught and tested, and room for the answers. */
struct bench {
    size_t *train, *test;
    size_t train_count, test_count;
    double *forecast; /* one a row of the data set */
};

static int bench_alloc(struct bench *bench, const struct trials *trials, uint32_t fold)
{
    *bench = (struct bench){.train = calloc(trials->rows, sizeof *bench->train),
                            .test = calloc(trials->rows, sizeof *bench->test),
                            .forecast = calloc(trials->dataset->rows, sizeof *bench->forecast)};
    if (!bench->train || !bench->test || !bench->forecast)
        return train_no_memory();
    folds_split(trials->folds, trials->dataset, trials->row, trials->rows, fold, bench->train,
                &bench->train_count, bench->test, &bench->test_count);
    return 0;
}

static void bench_free(struct bench *bench)
{
    free(bench->train);
    free(bench->test);
    free(bench->forecast);
}

static int try_recipe(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
                      const struct bench *bench, struct trial *trial)
{
    precopyml_model *model = NULL;
    int error = fit_model(dataset, recipe, bench->train, bench->train_count, &model);

    if (error == -ENODATA) {
        trial->error = INFINITY;
        return 0;
    }
    if (!error)
        error = fit_forecast(dataset, model, recipe->target, bench->test, bench->test_count,
                             bench->forecast, &trial->refused);
    precopyml_model_unref(&model);
    for (size_t i = 0; !error && i < bench->test_count; i++) {
        size_t row = bench->test[i];
        double observed = dataset->row[row].target[recipe->target];

        trial->error += fabs(log(relative(bench->forecast[row], observed)));
    }
    return error;
}

/* One candidate on one fold: a job for any thread. */
static int run_trial(void *context, size_t job)
{
    const struct trials *trials = context;
    struct recipe recipe =
        recipe_of(trials->open, &trials->choice->candidate[job % trials->choice->count]);
    struct bench bench;
    int error = bench_alloc(&bench, trials, (uint32_t)(job / trials->choice->count));

    if (!error)
        error = try_recipe(trials->dataset, &recipe, &bench, &trials->trial[job]);
    bench_free(&bench);
    return error;
}

/* In the order of the jobs, so that rounding is the same however they were run. */
static void add_up(const struct trials *trials, size_t jobs, struct choice *choice)
{
    for (size_t i = 0; i < choice->count; i++)
        choice->candidate[i].score = 0;
    for (size_t i = 0; i < jobs; i++) {
        choice->candidate[i % choice->count].score += trials->trial[i].error;
        choice->candidate[i % choice->count].refused += trials->trial[i].refused;
    }
    for (size_t i = 0; i < choice->count; i++) {
        choice->candidate[i].score /= (double)trials->rows;
        if (choice->candidate[i].score < choice->candidate[choice->best].score)
            choice->best = i;
    }
}

static int cross_validate(struct trials *trials, uint32_t threads, struct ticker *ticker,
                          struct choice *choice)
{
    struct jobs jobs = {.count = trials->folds->count * choice->count,
                        .threads = threads,
                        .run = run_trial,
                        .context = trials,
                        .ticker = ticker};
    int error;

    trials->trial = calloc(jobs.count, sizeof *trials->trial);
    if (!trials->trial)
        return train_no_memory();
    error = jobs_run(&jobs);
    if (!error)
        add_up(trials, jobs.count, choice);
    free(trials->trial);
    return error;
}

int choose(const struct precopyml_train_dataset *dataset, struct recipe *recipe,
           const struct options_left *left, const size_t *row, size_t rows, struct ticker *ticker,
           struct choice *choice)
{
    struct folds folds = {0};
    struct trials trials = {.dataset = dataset,
                            .open = recipe,
                            .folds = &folds,
                            .row = row,
                            .rows = rows,
                            .choice = choice};
    int error;

    *choice = (struct choice){0};
    error = list_candidates(recipe, left, choice);
    if (!error)
        error = folds_make(dataset, row, rows, left->folds, recipe->seed, &folds);
    choice->folds = folds.count;
    ticker->total -= choice->count * (left->folds - (folds.count >= 2 ? folds.count : 0));
    if (!error && folds.count >= 2)
        error = cross_validate(&trials, left->threads, ticker, choice);
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
