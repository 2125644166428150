/* SPDX-License-Identifier: MIT */
#include "forward.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "jobs.h"
#include "report.h"
#include "train_error.h"
#include "trainer.h"

enum { DRAWS = 4000 };

/* One round: every candidate that is left is tried on every fold. Forecasts have a row's place each
 * in the data set, candidate by candidate. */
struct trials {
    const struct forward_rules *rules;
    const struct recipe *base;
    uint32_t feature[PRECOPYML_FEATURE_COUNT]; /* tried; none: the base alone */
    size_t count;
    double *forecast;
};

static size_t forecasters(const struct trials *trials)
{
    return trials->count > 0 ? trials->count : 1;
}

/* Without any feature: the median, or physics where residuals over physics are to be learned. */
static int forecast_nothing(const struct trials *trials, struct recipe *recipe, const size_t *train,
                            size_t train_count, const size_t *test, size_t test_count,
                            double *forecast)
{
    const struct precopyml_train_dataset *dataset = trials->rules->dataset;
    double *label, median;

    if (recipe->log_residual) {
        recipe->trainer = trainer_find("physics");
        return recipe->trainer ? 0 : trainer_unknown("physics");
    }
    label = calloc(train_count + 1, sizeof *label);
    if (!label)
        return train_no_memory();
    for (size_t i = 0; i < train_count; i++)
        label[i] = dataset->row[train[i]].target[recipe->target];
    median = train_count > 0 ? gsl_stats_median(label, 1, train_count) : (double)NAN;
    for (size_t i = 0; i < test_count; i++)
        forecast[test[i]] = median;
    free(label);
    return 0;
}

/* One candidate on one fold: a job for any thread. */
static int run_trial(void *context, size_t job)
{
    const struct trials *trials = context;
    const struct forward_rules *rules = trials->rules;
    const struct selection *rows = rules->rows;
    size_t which = job / rules->folds->count, train_count, test_count, refused = 0;
    double *forecast = trials->forecast + which * rules->dataset->rows;
    size_t *train = calloc(2 * rows->count + 1, sizeof *train);
    size_t *test = train ? train + rows->count : NULL;
    struct recipe recipe = *trials->base;
    precopyml_model *model = NULL;
    int error = train ? 0 : train_no_memory();

    if (trials->count > 0)
        recipe.features.id[recipe.features.count++] = trials->feature[which];
    if (!error)
        folds_split(rules->folds, rules->dataset, rows->row, rows->count,
                    (uint32_t)(job % rules->folds->count), train, &train_count, test, &test_count);
    if (!error && recipe.features.count == 0)
        error = forecast_nothing(trials, &recipe, train, train_count, test, test_count, forecast);
    if (!error && (recipe.features.count > 0 || recipe.log_residual))
        error = fit_model(rules->dataset, &recipe, train, train_count, &model);
    if (!error && model)
        error = fit_forecast(rules->dataset, model, recipe.target, test, test_count, forecast,
                             &refused);
    precopyml_model_unref(&model);
    free(train);
    return error;
}

static int run_trials(struct trials *trials, struct ticker *ticker)
{
    struct jobs jobs = {.count = forecasters(trials) * trials->rules->folds->count,
                        .threads = trials->rules->threads,
                        .run = run_trial,
                        .context = trials,
                        .ticker = ticker};

    ticker->total = ticker->done + jobs.count;
    return jobs_run(&jobs);
}

/* Score of a forecast, and its difference to another on the same rows with its interval. */
static int compare(const struct forward_rules *rules, const double *forecast, const double *other,
                   double confidence, uint32_t draws, double *score,
                   struct precopyml_train_interval *difference)
{
    struct scoring scoring = {rules->dataset, rules->rows, rules->recipe.target,
                              draws,          confidence,  rules->recipe.seed};
    struct precopyml_train_score filled = {.name = ""};
    int error = report_score(&scoring, forecast, other, &filled);

    *score = filled.metric[PRECOPYML_TRAIN_LOG_ERROR].value;
    *difference = filled.metric[PRECOPYML_TRAIN_LOG_VS_PHYSICS];
    return error;
}

/* The candidates that are left, and their places in the caller's array. */
static void list_left(const struct forward_candidate *candidate, size_t count,
                      struct trials *trials, size_t *place)
{
    trials->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (candidate[i].step > 0)
            continue;
        place[trials->count] = i;
        trials->feature[trials->count++] = candidate[i].feature;
    }
}

/* Scores this round's forecasts; *best is the number of the trial with the least. */
static int score_trials(const struct trials *trials, const size_t *place,
                        struct forward_candidate *candidate, const double *current, size_t *best)
{
    const struct forward_rules *rules = trials->rules;
    struct precopyml_train_interval ignored;
    int error = 0;

    *best = 0;
    for (size_t i = 0; !error && i < trials->count; i++) {
        error = compare(rules, trials->forecast + i * rules->dataset->rows, current, 0.5, 0,
                        &candidate[place[i]].score, &ignored);
        if (candidate[place[i]].score < candidate[place[*best]].score)
            *best = i;
    }
    return error;
}

/* The way through the candidates: forecasts with the first so many of those added. */
struct path {
    struct forward_candidate *added[PRECOPYML_FEATURE_COUNT];
    double *forecast; /* (count + 1) x rows of the data set */
    double score[PRECOPYML_FEATURE_COUNT + 1];
    size_t count;
};

static double *path_forecast(const struct forward_rules *rules, const struct path *path, size_t i)
{
    return path->forecast + i * rules->dataset->rows;
}

/* One round: the best of those left is added, whether or not it is any good. */
static int add_one(struct trials *trials, struct forward_candidate *candidate, size_t count,
                   struct path *path, struct ticker *ticker)
{
    const struct forward_rules *rules = trials->rules;
    const double *current = path_forecast(rules, path, path->count);
    size_t place[PRECOPYML_FEATURE_COUNT], best;
    struct forward_candidate *winner;
    int error;

    list_left(candidate, count, trials, place);
    error = run_trials(trials, ticker);
    if (!error)
        error = score_trials(trials, place, candidate, current, &best);
    if (error)
        return error;
    winner = &candidate[place[best]];
    path->added[path->count++] = winner;
    winner->step = (uint32_t)path->count;
    memcpy(path_forecast(rules, path, path->count), trials->forecast + best * rules->dataset->rows,
           rules->dataset->rows * sizeof *path->forecast);
    return compare(rules, path_forecast(rules, path, path->count), current, 1 - rules->alpha, DRAWS,
                   &path->score[path->count], &winner->gain);
}

/*
 * The fewest that are no worse, beyond chance, than as many as are best. Gains are not judged one
 * by one: what only helps together would never begin, and small ones that add up would be refused.
 */
static int cut(const struct forward_rules *rules, struct path *path, size_t *length)
{
    struct precopyml_train_interval worse = {NAN, 1, NAN};
    size_t best = 0;
    double score;
    int error = 0;

    for (size_t i = 1; i <= path->count; i++)
        best = path->score[i] < path->score[best] ? i : best;
    for (*length = 0; *length < best; ++*length) {
        error = compare(rules, path_forecast(rules, path, *length),
                        path_forecast(rules, path, best), 1 - rules->alpha, DRAWS, &score, &worse);
        if (error || worse.lower <= 0)
            break;
    }
    return error;
}

int forward_select(const struct forward_rules *rules, struct forward_candidate *candidate,
                   size_t count, struct ticker *ticker, struct forward_outcome *outcome)
{
    size_t rows = rules->dataset->rows;
    struct recipe base = rules->recipe;
    struct trials trials = {.rules = rules, .base = &base};
    struct path path = {.forecast = calloc((count + 1) * rows, sizeof *path.forecast)};
    struct precopyml_train_interval ignored;
    int error;

    trials.forecast = calloc((count + 1) * rows, sizeof *trials.forecast);
    error = path.forecast && trials.forecast ? run_trials(&trials, ticker) : train_no_memory();
    if (!error) {
        memcpy(path.forecast, trials.forecast, rows * sizeof *path.forecast);
        error = compare(rules, path.forecast, path.forecast, 0.5, 0, &path.score[0], &ignored);
    }
    while (!error && path.count < count && base.features.count < rules->most) {
        error = add_one(&trials, candidate, count, &path, ticker);
        if (!error)
            base.features.id[base.features.count++] = path.added[path.count - 1]->feature;
    }
    if (!error)
        error = cut(rules, &path, &outcome->length);
    if (!error) {
        outcome->before = path.score[0];
        outcome->after = path.score[outcome->length];
    }
    free(path.forecast);
    free(trials.forecast);
    return error;
}
