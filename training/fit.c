/* SPDX-License-Identifier: MIT */
#include "fit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "model_format.h"
#include "physics.h"
#include "train_error.h"

int fit_overhead(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
                 const size_t *row, size_t rows, double *overhead)
{
    const struct selection *labelled = recipe->overhead_rows;
    enum precopyml_target target = recipe->overhead_target;
    double *lacking = calloc(labelled->count + 1, sizeof *lacking);
    bool *among = calloc(dataset->groups + (size_t)1, sizeof *among);
    size_t count = 0;
    int error;

    for (size_t i = 0; among && i < rows; i++)
        among[dataset->row[row[i]].group] = true;
    for (size_t i = 0; lacking && among && i < labelled->count; i++) {
        const struct dataset_row *from = &dataset->row[labelled->row[i]];
        double without = physics_forecast(target, &from->features, 0);
        double value = (from->target[target] - without) /
                       (physics_forecast(target, &from->features, 1) - without);

        if (among[from->group] && !isnan(value))
            lacking[count++] = value;
    }
    *overhead = count > 0 ? fmax(gsl_stats_median(lacking, 1, count), 0) : PHYSICS_OVERHEAD;
    error = lacking && among ? 0 : train_no_memory();
    free(lacking);
    free(among);
    return error;
}

/* Says which cell keeps physics from a forecast. */
static int physics_error(const struct precopyml_train_dataset *dataset,
                         const struct dataset_row *row, enum precopyml_target target)
{
    static const uint32_t needed[] = {
        PRECOPYML_FEATURE_REMAINING, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH,
        /* from here for the next downtime only */
        PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, PRECOPYML_FEATURE_WORKING_SET_SIZE,
        PRECOPYML_FEATURE_WRITE_RATE};
    size_t count = target == PRECOPYML_TARGET_DOWNTIME_NEXT ? 5 : 2;

    for (size_t i = 0; i < count; i++) {
        if (!(row->features.known >> needed[i] & 1))
            return train_error(-EBADMSG,
                               "%s:%lu: column %s: empty or missing, and physics needs it",
                               dataset->name, row->line, feature_name(needed[i]));
    }
    return train_error(-EBADMSG, "%s:%lu: physics has no forecast: a rate of 0 or a negative size",
                       dataset->name, row->line);
}

/* The inputs, a row a line, and each feature's scale. */
static int fill_inputs(const struct precopyml_train_dataset *dataset, const struct feature_set *set,
                       const size_t *row, size_t rows, double *x, struct feature_spec *spec)
{
    double *raw = calloc(2 * rows, sizeof *raw);

    if (!raw)
        return train_no_memory();
    for (size_t j = 0; j < set->count; j++) {
        for (size_t i = 0; i < rows; i++)
            raw[i] = dataset->row[row[i]].features.value[set->id[j]];
        feature_scale(set->id[j], raw, rows, raw + rows, &spec[j]);
        if (!isfinite(spec[j].centre) || !isfinite(spec[j].scale)) {
            free(raw);
            return train_error(-EBADMSG, "%s: column %s: values too large to be scaled",
                               dataset->name, spec[j].name);
        }
        for (size_t i = 0; i < rows; i++)
            x[i * set->count + j] =
                (model_transform(spec[j].transform, raw[i]) - spec[j].centre) / spec[j].scale;
    }
    free(raw);
    return 0;
}

static int fill_targets(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
                        const size_t *row, size_t rows, double overhead, double *y, uint32_t *group)
{
    for (size_t i = 0; i < rows; i++) {
        const struct dataset_row *from = &dataset->row[row[i]];
        double label = from->target[recipe->target];

        group[i] = from->group;
        y[i] = label;
        if (recipe->log_residual) {
            double physics = physics_forecast(recipe->target, &from->features, overhead);

            if (!isfinite(physics))
                return physics_error(dataset, from, recipe->target);
            y[i] = log(relative(label, physics));
        }
    }
    return 0;
}

static int run_trainer(const struct recipe *recipe, const struct precopyml_trainer_task *task,
                       struct head *head)
{
    struct precopyml_trainer_result result = {.size = sizeof result};
    int error = recipe->trainer->fit(task, &result);

    head->spec.payload = result.payload;
    head->spec.payload_length = result.length;
    memcpy(head->note, result.note, sizeof head->note);
    head->note[sizeof head->note - 1] = '\0';
    if (error == -ENODATA)
        return train_error(error, "predictor %s: %zu rows are too few", recipe->trainer->name,
                           task->rows);
    return error ? train_error(error, "predictor %s: cannot fit: %s%s%s", recipe->trainer->name,
                               strerror(-error), head->note[0] ? ": " : "", head->note)
                 : 0;
}

int fit_head(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
             const size_t *row, size_t rows, double overhead, struct head *head)
{
    size_t columns = recipe->features.count;
    double *x = calloc(rows * columns + 1, sizeof *x);
    double *y = calloc(rows + 1, sizeof *y);
    uint32_t *group = calloc(rows + 1, sizeof *group);
    struct precopyml_trainer_task task = {sizeof task,         rows,        columns, x, y, group,
                                          recipe->hyper.value, recipe->seed};
    int error = x && y && group ? 0 : train_no_memory();

    *head = (struct head){.spec = {.target = precopyml_target_name(recipe->target),
                                   .predictor = recipe->trainer->name,
                                   .log_residual = recipe->log_residual,
                                   .features = head->features,
                                   .feature_count = columns}};
    if (!error)
        error = fill_inputs(dataset, &recipe->features, row, rows, x, head->features);
    if (!error)
        error = fill_targets(dataset, recipe, row, rows, overhead, y, group);
    if (!error)
        error = run_trainer(recipe, &task, head);
    free(x);
    free(y);
    free(group);
    if (error)
        head_free(head);
    return error;
}

void head_free(struct head *head)
{
    free((void *)head->spec.payload);
    head->spec.payload = NULL;
}

int fit_model(const struct precopyml_train_dataset *dataset, const struct recipe *recipe,
              const size_t *row, size_t rows, precopyml_model **model)
{
    struct model_spec spec = {.provenance = "{}", .head_count = 1};
    unsigned char *bytes = NULL;
    struct head head;
    size_t length;
    int error;

    error = fit_overhead(dataset, recipe, row, rows, &spec.overhead);
    if (error)
        return error;
    error = fit_head(dataset, recipe, row, rows, spec.overhead, &head);
    if (error)
        return error;
    spec.heads = &head.spec;
    error = model_write_memory(&spec, &bytes, &length);
    if (error)
        train_error(error, "predictor %s: the fit is not fit for a model", recipe->trainer->name);
    else if ((error = precopyml_model_load_memory(bytes, length, model)) != 0)
        train_error(error, "predictor %s: %s", recipe->trainer->name, precopyml_error_message());
    free(bytes);
    head_free(&head);
    return error;
}

int fit_forecast(const struct precopyml_train_dataset *dataset, const precopyml_model *model,
                 enum precopyml_target target, const size_t *row, size_t rows, double *forecast,
                 size_t *refused)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    void *scratch = malloc(precopyml_model_scratch_size(model) + 1);

    if (!scratch)
        return train_no_memory();
    precopyml_model_info(model, target, &info);
    for (size_t i = 0; i < rows; i++) {
        const struct precopyml_features *features = &dataset->row[row[i]].features;
        struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;

        if (precopyml_model_predict(model, target, features, 0, scratch, &estimate) == 0) {
            forecast[row[i]] = estimate.value;
        } else {
            forecast[row[i]] = physics_forecast(target, features, info.overhead);
            ++*refused;
        }
    }
    free(scratch);
    return 0;
}
