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
    json_t *features = json_array();

    for (size_t i = 0; i < fit->recipe.features.count; i++)
        json_array_append_new(features, json_string(feature_name(fit->recipe.features.id[i])));
    return json_pack(
        "{ss sI sI sI sI ss ss so so ss sI so}", "target",
        precopyml_target_name(fit->recipe.target), "rows", (json_int_t)selection->count,
        "migrations", (json_int_t)count_migrations(dataset, selection), "rows_unlabelled",
        (json_int_t)selection->unlabelled, "rows_other_source", (json_int_t)selection->other,
        "downtime_source", dataset->source[dataset->row[selection->row[0]].source], "mode",
        mode_name(fit->recipe.log_residual), "features", features, "options",
        hyper_object(fit->recipe.trainer, &fit->recipe.hyper), "note", fit->head.note, "folds",
        (json_int_t)fit->choice.folds, "cv", cv_array(fit));
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
                    (json_int_t)dataset->groups, "predictor", fit->trainer->name, "seed",
                    (json_int_t)fit->options->seed, "overhead", fit->overhead, "score",
                    "mean |log(forecast / observed)| on held-out migrations", "targets", targets);
    text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_decref(all);
    return text;
}
