/* SPDX-License-Identifier: MIT */
#include "train.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "sized.h"
#include "train_error.h"
#include "trainer.h"

enum { FOLDS_MAX = 1000 };

static int check_options(const struct precopyml_train_options *options)
{
    if (!options->predictor)
        return train_error(-EINVAL, "no predictor is named");
    if (options->targets == 0 || options->targets >> PRECOPYML_TARGET_COUNT != 0)
        return train_error(-EINVAL, "no target, or one that is not known");
    if (options->mode > PRECOPYML_TRAIN_LOG_RESIDUAL)
        return train_error(-EINVAL, "no mode has the number %u", (unsigned)options->mode);
    if (options->folds < 2 || options->folds > FOLDS_MAX)
        return train_error(-EINVAL, "folds: %u is not from 2 to %d", (unsigned)options->folds,
                           FOLDS_MAX);
    if (options->threads > JOBS_THREADS_MAX)
        return train_error(-EINVAL, "threads: %u is over %d", (unsigned)options->threads,
                           JOBS_THREADS_MAX);
    if (options->reserved != 0 || options->reserved_threads != 0 ||
        !options->features != (options->feature_count == 0))
        return train_error(-EINVAL, "features without a count, or reserved is not 0");
    return 0;
}

static void note_left_out(const struct precopyml_train_options *options, uint64_t features)
{
    for (uint32_t i = 0; i < PRECOPYML_FEATURE_COUNT; i++) {
        if (features >> i & 1)
            train_note(options->log, options->log_opaque,
                       "feature %s left out: not known in every row", feature_name(i));
    }
}

static void note_constants(const struct model_fit *model, const struct target_fit *fit)
{
    const struct precopyml_train_options *options = model->options;

    for (size_t i = 0; i < fit->head.spec.feature_count; i++) {
        if (fit->head.features[i].least == fit->head.features[i].most)
            train_note(options->log, options->log_opaque,
                       "feature %s never changes: it only marks what the model was trained on",
                       fit->head.features[i].name);
    }
    if (fit->head.note[0] != '\0')
        train_note(options->log, options->log_opaque, "%s: %s",
                   precopyml_target_name(fit->recipe.target), fit->head.note);
}

/* Selects rows and features of one target. */
static int prepare_target(const struct model_fit *model, enum precopyml_target target,
                          struct target_fit *fit)
{
    const struct precopyml_train_options *options = model->options;
    const struct target_fit *first = &model->target[0];
    int error = selection_make(model->dataset, target, options->downtime_source, &fit->selection);

    if (error)
        return error;
    train_note_selection(options->log, options->log_opaque, &fit->selection, target);
    fit->recipe = (struct recipe){.trainer = model->trainer,
                                  .target = target,
                                  .overhead_target = first->recipe.target,
                                  .overhead_rows = &first->selection,
                                  .seed = options->seed};
    if (model->target_count == 0)
        fit->recipe.overhead_target = target;
    if (model->trainer && model->trainer->flags & PRECOPYML_TRAINER_PHYSICS)
        return 0;
    error = feature_set_make(model->dataset, &fit->selection, options->features,
                             options->feature_count, &fit->recipe.features);
    if (!error)
        note_left_out(options, fit->recipe.features.left_out);
    return error;
}

static int prepare(struct model_fit *model)
{
    for (int target = 0; target < PRECOPYML_TARGET_COUNT; target++) {
        if (model->options->targets >> target & 1) {
            int error = prepare_target(model, (enum precopyml_target)target,
                                       &model->target[model->target_count]);

            model->target_count++; /* also a failed one: it is to be freed */
            if (error)
                return error;
        }
    }
    return fit_overhead(model->dataset, &model->target[0].recipe, model->target[0].selection.row,
                        model->target[0].selection.count, &model->overhead);
}

static struct contest_rules rules_of(const struct model_fit *model, const struct target_fit *fit)
{
    return (struct contest_rules){.dataset = model->dataset,
                                  .selection = &fit->selection,
                                  .open = &fit->recipe,
                                  .lineup = &model->lineup,
                                  .mode = (enum precopyml_train_mode)model->options->mode,
                                  .folds = model->options->folds,
                                  .threads = model->options->threads};
}

/* Lets all trainers compete for one target, and goes on with the one that is picked. */
static int pick_trainer(const struct model_fit *model, struct target_fit *fit,
                        struct ticker *ticker, struct options_left *left)
{
    const struct precopyml_train_options *options = model->options;
    struct contest_rules rules = rules_of(model, fit);
    struct recipe recipe;
    int error = contest_run(&rules, ticker, &fit->contest);

    if (error)
        return error;
    train_note_contest(options->log, options->log_opaque, &fit->contest, fit->recipe.target);
    contest_enter(&rules, fit->contest.contender[fit->contest.picked].trainer, &recipe, left);
    fit->recipe = recipe;
    ticker->total += choose_steps(&fit->recipe, left);
    return 0;
}

static int fit_target(const struct model_fit *model, const struct options_left *named,
                      struct ticker *ticker, struct target_fit *fit)
{
    struct options_left left = *named;
    int error = model->trainer ? 0 : pick_trainer(model, fit, ticker, &left);

    if (!error)
        error = choose(model->dataset, &fit->recipe, &left, fit->selection.row,
                       fit->selection.count, ticker, &fit->choice);
    if (!error)
        error = fit_head(model->dataset, &fit->recipe, fit->selection.row, fit->selection.count,
                         model->overhead, &fit->head);
    if (!error)
        note_constants(model, fit);
    return error;
}

static int fit_targets(struct model_fit *model, const struct options_left *named)
{
    struct ticker ticker = {.progress = model->options->progress,
                            .opaque = model->options->progress_opaque};
    int error = 0;

    for (size_t i = 0; i < model->target_count; i++) {
        struct contest_rules rules = rules_of(model, &model->target[i]);

        ticker.total += model->trainer ? choose_steps(rules.open, named) : contest_steps(&rules);
    }
    for (size_t i = 0; !error && i < model->target_count; i++)
        error = fit_target(model, named, &ticker, &model->target[i]);
    return error;
}

static int write_model(const struct model_fit *model, void **bytes, size_t *length)
{
    struct head_spec heads[PRECOPYML_TARGET_COUNT];
    struct model_spec spec = {
        .overhead = model->overhead, .heads = heads, .head_count = model->target_count};
    char *provenance = provenance_text(model);
    unsigned char *data = NULL;
    int error;

    if (!provenance)
        return train_no_memory();
    for (size_t i = 0; i < model->target_count; i++)
        heads[i] = model->target[i].head.spec;
    spec.provenance = provenance;
    error = model_write_memory(&spec, &data, length);
    free(provenance);
    *bytes = data;
    return error ? train_error(error, "the fit cannot be written as a model (error %d)", -error)
                 : 0;
}

/* The trainer named, or those that compete, and what they are left to choose. */
static int find_trainer(const struct precopyml_train_options *options, struct model_fit *model,
                        struct options_left *left)
{
    int error = lineup_parse(options->predictor, &model->lineup);

    *left = (struct options_left){.mode = (enum precopyml_train_mode)options->mode,
                                  .folds = options->folds,
                                  .threads = options->threads};
    if (error)
        return error;
    if (model->lineup.count > 0)
        return options->hyperparameters
                   ? train_error(-EINVAL,
                                 "predictor %s has no options: every predictor has its own",
                                 LINEUP_NAME)
                   : 0;
    model->trainer = trainer_find(options->predictor);
    if (!model->trainer)
        return trainer_unknown(options->predictor);
    return hyper_parse(model->trainer, options->hyperparameters, &left->fixed);
}

int precopyml_train_model(const precopyml_train_dataset *dataset,
                          const struct precopyml_train_options *from, void **bytes, size_t *length)
{
    struct precopyml_train_options options = PRECOPYML_TRAIN_OPTIONS_INIT;
    struct model_fit model = {.dataset = dataset, .options = &options};
    struct options_left left;
    int error;

    if (!bytes || !length)
        return train_error(-EINVAL, "train_model: nowhere to put the model");
    *bytes = NULL;
    *length = 0;
    if (!dataset)
        return train_error(-EINVAL, "train_model: no data set");
    error = sized_copy(&options, sizeof options, from);
    if (error)
        return train_error(error, "train_model: options of an impossible size");
    error = check_options(&options);
    if (error)
        return error;
    error = find_trainer(&options, &model, &left);
    if (!error)
        error = prepare(&model);
    if (!error)
        error = fit_targets(&model, &left);
    if (!error)
        error = write_model(&model, bytes, length);
    for (size_t i = 0; i < model.target_count; i++) {
        head_free(&model.target[i].head);
        choice_free(&model.target[i].choice);
        contest_free(&model.target[i].contest);
        selection_free(&model.target[i].selection);
    }
    return error;
}
