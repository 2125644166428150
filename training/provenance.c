/* SPDX-License-Identifier: MIT */
/*
 * The provenance of a model: everything that is needed to make it again, and every score that its
 * choices rest on. No name of a file, person or machine, and no time: the same data, options and
 * seed give the same text.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "train.h"

/* Enough for a score; what a model computes with is in its binary sections. */
enum { DIGITS = 9 };

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *hyper_object(const struct precopyml_trainer_ops *trainer, const struct hyper *hyper)
{
    json_t *object = json_object();

    for (size_t i = 0; i < hyper->count; i++) {
        const struct precopyml_trainer_option *option = &trainer->options[i];
        double value = hyper->value[i];
        json_t *item = option->choices   ? json_string(option->choices[(size_t)value])
                       : option->integer ? json_integer((json_int_t)value)
                                         : number(value);

        json_object_set_new(object, option->name, item);
    }
    return object;
}

static const char *mode_name(bool log_residual)
{
    return log_residual ? "log-residual" : "plain";
}

static json_t *cv_array(const struct target_fit *fit)
{
    json_t *array = json_array();

    for (size_t i = 0; fit->choice.folds >= 2 && i < fit->choice.count; i++) {
        const struct candidate *candidate = &fit->choice.candidate[i];

        json_array_append_new(
            array, json_pack("{ss so so sI}", "mode", mode_name(candidate->log_residual), "options",
                             hyper_object(fit->recipe.trainer, &candidate->hyper), "score",
                             number(candidate->score), "refused", (json_int_t)candidate->refused));
    }
    return array;
}

static json_t *interval_object(const struct precopyml_train_interval *interval)
{
    return json_pack("{so so so}", "value", number(interval->value), "lower",
                     number(interval->lower), "upper", number(interval->upper));
}

static json_t *contender_object(const struct contender *contender)
{
    json_t *object = json_pack("{ss sb}", "predictor", contender->trainer->name, "fitted",
                               (int)contender->fitted);

    if (contender->fitted)
        json_object_update_new(object,
                               json_pack("{so sI so sb}", "score", number(contender->score),
                                         "refused", (json_int_t)contender->refused, "minus_physics",
                                         interval_object(&contender->minus_physics),
                                         "better_than_physics", (int)contender->is_better));
    return object;
}

/* How the predictor was picked. */
static json_t *contest_object(const struct contest *contest)
{
    json_t *contenders = json_array(), *object;

    for (size_t i = 0; i < contest->count; i++)
        json_array_append_new(contenders, contender_object(&contest->contender[i]));
    object = json_pack("{ss ss sI sI sI sf sf so}", "picked",
                       contest->contender[contest->picked].trainer->name, "validation",
                       "nested cross-validation, the same folds for all", "folds",
                       (json_int_t)contest->folds, "migrations", (json_int_t)contest->migrations,
                       "draws", (json_int_t)CONTEST_DRAWS, "confidence", CONTEST_CONFIDENCE,
                       "confidence_each", contest->confidence, "contenders", contenders);
    if (contest->runner_up < contest->count)
        json_object_update_new(
            object, json_pack("{ss so sb}", "runner_up",
                              contest->contender[contest->runner_up].trainer->name,
                              "minus_runner_up", interval_object(&contest->minus_runner_up),
                              "better_than_runner_up", (int)contest->beats_runner_up));
    return object;
}

static size_t count_migrations(const struct precopyml_train_dataset *dataset,
                               const struct selection *selection)
{
    bool *seen = calloc(dataset->groups + (size_t)1, sizeof *seen);
    size_t count = 0;

    for (size_t i = 0; seen && i < selection->count; i++) {
        uint32_t group = dataset->row[selection->row[i]].group;

        count += !seen[group];
        seen[group] = true;
    }
    free(seen);
    return count;
}

static json_t *target_object(const struct model_fit *model, const struct target_fit *fit)
{
    const struct precopyml_train_dataset *dataset = model->dataset;
    const struct selection *selection = &fit->selection;
    json_t *features = json_array(), *object;

    for (size_t i = 0; i < fit->recipe.features.count; i++)
        json_array_append_new(features, json_string(feature_name(fit->recipe.features.id[i])));
    object = json_pack("{ss ss sI sI sI sI ss ss so so ss sI so so}", "target",
                       precopyml_target_name(fit->recipe.target), "predictor",
                       fit->recipe.trainer->name, "rows", (json_int_t)selection->count,
                       "migrations", (json_int_t)count_migrations(dataset, selection),
                       "rows_unlabelled", (json_int_t)selection->unlabelled, "rows_other_source",
                       (json_int_t)selection->other, "downtime_source",
                       dataset->source[dataset->row[selection->row[0]].source], "mode",
                       mode_name(fit->recipe.log_residual), "features", features, "options",
                       hyper_object(fit->recipe.trainer, &fit->recipe.hyper), "note",
                       fit->head.note, "folds", (json_int_t)fit->choice.folds, "cv_score",
                       number(fit->choice.candidate[fit->choice.best].score), "cv", cv_array(fit));
    if (fit->contest.count > 0)
        json_object_set_new(object, "auto", contest_object(&fit->contest));
    return object;
}

char *provenance_text(const struct model_fit *fit)
{
    const struct precopyml_train_dataset *dataset = fit->dataset;
    json_t *targets = json_array(), *all;
    char hash[17];
    char *text;

    snprintf(hash, sizeof hash, "%016" PRIx64, dataset->hash);
    for (size_t i = 0; i < fit->target_count; i++)
        json_array_append_new(targets, target_object(fit, &fit->target[i]));
    all = json_pack("{ss s{ss sI sI} ss sI sf ss so}", "precopyml", precopyml_version(), "data",
                    "fnv1a64", hash, "rows", (json_int_t)dataset->rows, "migrations",
                    (json_int_t)dataset->groups, "predictor", fit->options->predictor, "seed",
                    (json_int_t)fit->options->seed, "overhead", fit->overhead, "score",
                    "mean |log(forecast / observed)| on held-out migrations", "targets", targets);
    text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_decref(all);
    return text;
}
