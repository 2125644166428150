/* SPDX-License-Identifier: MIT */
/* Evaluation: predictors in nested cross-validation, or one model, beside the references. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "folds.h"
#include "jobs.h"
#include "metrics.h"
#include "nested.h"
#include "report.h"
#include "sized.h"
#include "train.h"
#include "train_error.h"
#include "trainer.h"

enum { FOLDS_MAX = 1000, DRAWS_MAX = 100000 };

struct evaluation {
    const struct precopyml_train_dataset *dataset;
    struct precopyml_train_evaluate_options options;
    struct selection selection;
    struct folds folds;
    double *physics;  /* of the built-in model; all arrays one a row of the data set, NaN: none */
    double *forecast; /* of the contender at hand */
    size_t *train, *test;
    struct ticker ticker;
    struct precopyml_train_report *report;
};

static int check_options(const struct precopyml_train_evaluate_options *options)
{
    if (options->target >= PRECOPYML_TARGET_COUNT)
        return train_error(-EINVAL, "no target has the number %u", (unsigned)options->target);
    if (options->mode > PRECOPYML_TRAIN_LOG_RESIDUAL)
        return train_error(-EINVAL, "no mode has the number %u", (unsigned)options->mode);
    if (options->folds < 2 || options->folds > FOLDS_MAX || options->draws > DRAWS_MAX)
        return train_error(-EINVAL, "folds are not from 2 to %d, or draws above %d", FOLDS_MAX,
                           DRAWS_MAX);
    if (!(options->confidence > 0 && options->confidence < 1))
        return train_error(-EINVAL, "confidence is not between 0 and 1");
    if (!options->features != (options->feature_count == 0) ||
        !options->predictors != (options->predictor_count == 0))
        return train_error(-EINVAL, "a list without a count, or a count without a list");
    if (options->threads > JOBS_THREADS_MAX || options->reserved != 0)
        return train_error(-EINVAL, "over %d threads, or reserved is not 0", JOBS_THREADS_MAX);
    return 0;
}

static int evaluation_alloc(struct evaluation *evaluation)
{
    size_t rows = evaluation->dataset->rows;

    evaluation->physics = calloc(rows, sizeof(double));
    evaluation->forecast = calloc(rows, sizeof(double));
    evaluation->train = calloc(rows, sizeof(size_t));
    evaluation->test = calloc(rows, sizeof(size_t));
    return evaluation->physics && evaluation->forecast && evaluation->train && evaluation->test
               ? 0
               : train_no_memory();
}

static void evaluation_free(struct evaluation *evaluation)
{
    selection_free(&evaluation->selection);
    folds_free(&evaluation->folds);
    free(evaluation->physics);
    free(evaluation->forecast);
    free(evaluation->train);
    free(evaluation->test);
}

/* ---- Contenders: each fills `forecast` ---- */

static int forecast_physics(struct evaluation *evaluation)
{
    precopyml_model *model = NULL;
    size_t refused = 0;
    int error = precopyml_model_builtin(&model);

    if (error)
        return train_error(error, "%s", precopyml_error_message());
    error = fit_forecast(
        evaluation->dataset, model, (enum precopyml_target)evaluation->options.target,
        evaluation->selection.row, evaluation->selection.count, evaluation->physics, &refused);
    precopyml_model_unref(&model);
    return error;
}

static int make_recipe(struct evaluation *evaluation, const struct precopyml_trainer_ops *trainer,
                       struct recipe *recipe, struct options_left *left)
{
    const struct precopyml_train_evaluate_options *options = &evaluation->options;
    enum precopyml_target target = (enum precopyml_target)options->target;

    *recipe = (struct recipe){.trainer = trainer,
                              .target = target,
                              .overhead_target = target,
                              .overhead_rows = &evaluation->selection,
                              .seed = options->seed};
    *left = (struct options_left){.mode = (enum precopyml_train_mode)options->mode,
                                  .folds = options->folds,
                                  .threads = options->threads};
    hyper_parse(trainer, NULL, &left->fixed); /* all open */
    if (trainer->flags & PRECOPYML_TRAINER_PHYSICS)
        return 0;
    return feature_set_make(evaluation->dataset, &evaluation->selection, options->features,
                            options->feature_count, &recipe->features);
}

static void forecast_qemu(struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->selection.count; i++) {
        size_t row = evaluation->selection.row[i];

        evaluation->forecast[row] = precopyml_features_get(&evaluation->dataset->row[row].features,
                                                           PRECOPYML_FEATURE_EXPECTED_DOWNTIME);
    }
}

/* What anybody would compute first. */
static void forecast_naive(struct evaluation *evaluation)
{
    static const double overhead = 0.045; /* s */

    for (size_t i = 0; i < evaluation->selection.count; i++) {
        size_t row = evaluation->selection.row[i];
        const struct precopyml_features *features = &evaluation->dataset->row[row].features;

        evaluation->forecast[row] =
            precopyml_features_get(features, PRECOPYML_FEATURE_REMAINING) /
                precopyml_features_get(features, PRECOPYML_FEATURE_BANDWIDTH_RECENT) +
            overhead;
    }
}

/* The median of the other folds: what knows nothing of the row. */
static int forecast_constant(struct evaluation *evaluation)
{
    const struct precopyml_train_dataset *dataset = evaluation->dataset;
    double *label = calloc(evaluation->selection.count, sizeof *label);

    if (!label)
        return train_no_memory();
    for (uint32_t fold = 0; fold < evaluation->folds.count; fold++) {
        size_t train, test;
        double median;

        folds_split(&evaluation->folds, dataset, evaluation->selection.row,
                    evaluation->selection.count, fold, evaluation->train, &train, evaluation->test,
                    &test);
        for (size_t i = 0; i < train; i++)
            label[i] = dataset->row[evaluation->train[i]].target[evaluation->options.target];
        median = train > 0 ? gsl_stats_median(label, 1, train) : (double)NAN;
        for (size_t i = 0; i < test; i++)
            evaluation->forecast[evaluation->test[i]] = median;
    }
    free(label);
    return 0;
}

/* ---- The order of things ---- */

static int add_score(struct evaluation *evaluation, const char *name,
                     enum precopyml_train_contender contender, size_t refused)
{
    const struct precopyml_train_evaluate_options *options = &evaluation->options;
    struct precopyml_train_score score = {.name = name, .contender = contender, .refused = refused};
    struct scoring scoring = {
        evaluation->dataset, &evaluation->selection, (enum precopyml_target)options->target,
        options->draws,      options->confidence,    options->seed};

    return report_add(evaluation->report, &scoring, evaluation->forecast, evaluation->physics,
                      &score);
}

static int score_predictor(struct evaluation *evaluation,
                           const struct precopyml_trainer_ops *trainer)
{
    struct nested nested = {evaluation->dataset, &evaluation->selection, &evaluation->folds,
                            &evaluation->ticker};
    struct options_left left;
    struct recipe recipe;
    size_t refused = 0;
    int error = make_recipe(evaluation, trainer, &recipe, &left);

    if (!error)
        error = nested_forecast(&nested, &recipe, &left, evaluation->forecast, &refused);
    return error ? error : add_score(evaluation, trainer->name, PRECOPYML_TRAIN_PREDICTOR, refused);
}

/* Trainer number i of those asked for; NULL past the last, with *error set when one is unknown. */
static const struct precopyml_trainer_ops *
trainer_asked(const struct precopyml_train_evaluate_options *options, size_t i, int *error)
{
    const struct precopyml_trainer_ops *trainer;

    if (options->predictor_count == 0)
        return precopyml_trainer_at(i);
    if (i == options->predictor_count)
        return NULL;
    trainer = trainer_find(options->predictors[i]);
    if (!trainer)
        *error = trainer_unknown(options->predictors[i]);
    return trainer;
}

/* One that cannot learn from these rows is no reason to hear nothing of the others. */
static int score_each(struct evaluation *evaluation)
{
    const struct precopyml_train_evaluate_options *options = &evaluation->options;
    const struct precopyml_trainer_ops *trainer;
    int error = 0, failed = 0;
    bool any = false;

    for (size_t i = 0; !error && (trainer = trainer_asked(options, i, &error)); i++) {
        failed = score_predictor(evaluation, trainer);
        if (failed == -ENOMEM)
            return failed;
        any |= !failed;
        if (failed && options->predictor_count != 1)
            train_note(options->log, options->log_opaque, "%s is left out: %s", trainer->name,
                       precopyml_train_error_message());
    }
    return error || any ? error : failed;
}

static int score_predictors(struct evaluation *evaluation)
{
    const struct precopyml_trainer_ops *trainer;
    struct options_left left;
    struct recipe recipe;
    int error = 0;

    for (size_t i = 0; (trainer = trainer_asked(&evaluation->options, i, &error)) != NULL; i++) {
        error = make_recipe(evaluation, trainer, &recipe, &left);
        if (error)
            return error;
        evaluation->ticker.total += nested_steps(&evaluation->folds, &recipe, &left);
    }
    return error ? error : score_each(evaluation);
}

static int score_model(struct evaluation *evaluation)
{
    const struct precopyml_train_evaluate_options *options = &evaluation->options;
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    char hash[17];
    size_t refused = 0;
    int error;

    precopyml_model_info(options->model, (enum precopyml_target)options->target, &info);
    if (!info.predictor)
        return train_error(-ENOENT, "the model has no forecast of %s",
                           precopyml_target_name((enum precopyml_target)options->target));
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)evaluation->dataset->hash);
    if (strstr(info.provenance, hash))
        train_note(options->log, options->log_opaque,
                   "the model was trained on these very data: its scores are too good");
    error = selection_require(evaluation->dataset, &evaluation->selection, info.features,
                              info.feature_count);
    if (!error)
        error = fit_forecast(evaluation->dataset, options->model,
                             (enum precopyml_target)options->target, evaluation->selection.row,
                             evaluation->selection.count, evaluation->forecast, &refused);
    return error ? error : add_score(evaluation, info.predictor, PRECOPYML_TRAIN_MODEL, refused);
}

static int score_references(struct evaluation *evaluation)
{
    int error;

    if (evaluation->options.target == PRECOPYML_TARGET_DOWNTIME) {
        forecast_qemu(evaluation);
        error = add_score(evaluation, "qemu", PRECOPYML_TRAIN_REFERENCE, 0);
        if (error)
            return error;
        forecast_naive(evaluation);
        error = add_score(evaluation, "naive", PRECOPYML_TRAIN_REFERENCE, 0);
        if (error)
            return error;
    }
    memcpy(evaluation->forecast, evaluation->physics,
           evaluation->dataset->rows * sizeof *evaluation->forecast);
    error = add_score(evaluation, "physics", PRECOPYML_TRAIN_REFERENCE, 0);
    if (!error)
        error = forecast_constant(evaluation);
    return error ? error : add_score(evaluation, "constant", PRECOPYML_TRAIN_REFERENCE, 0);
}

static int evaluate(struct evaluation *evaluation)
{
    const struct precopyml_train_evaluate_options *options = &evaluation->options;
    enum precopyml_target target = (enum precopyml_target)options->target;
    int error = selection_make(evaluation->dataset, target, options->downtime_source,
                               &evaluation->selection);

    if (error)
        return error;
    train_note_selection(options->log, options->log_opaque, &evaluation->selection, target);
    error = evaluation_alloc(evaluation);
    if (!error)
        error =
            folds_make(evaluation->dataset, evaluation->selection.row, evaluation->selection.count,
                       options->folds, options->seed, &evaluation->folds);
    if (!error)
        error = forecast_physics(evaluation);
    if (!error)
        error = options->model ? score_model(evaluation) : score_predictors(evaluation);
    return error ? error : score_references(evaluation);
}

int precopyml_train_evaluate(const precopyml_train_dataset *dataset,
                             const struct precopyml_train_evaluate_options *options,
                             precopyml_train_report **report)
{
    struct evaluation evaluation = {.dataset = dataset,
                                    .options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT};
    int error;

    if (report)
        *report = NULL;
    if (!dataset || !report)
        return train_error(-EINVAL, "evaluate: a NULL argument");
    error = sized_copy(&evaluation.options, sizeof evaluation.options, options);
    if (error)
        return train_error(error, "evaluate: options of an impossible size");
    error = check_options(&evaluation.options);
    if (error)
        return error;
    evaluation.ticker = (struct ticker){.progress = evaluation.options.progress,
                                        .opaque = evaluation.options.progress_opaque};
    evaluation.report = calloc(1, sizeof *evaluation.report);
    if (!evaluation.report)
        return train_no_memory();
    error = evaluate(&evaluation);
    evaluation_free(&evaluation);
    if (error)
        precopyml_train_report_free(&evaluation.report);
    *report = evaluation.report;
    return error;
}
