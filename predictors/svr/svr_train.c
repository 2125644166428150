/* SPDX-License-Identifier: MIT */
/* Epsilon-insensitive support vector regression with a Gaussian kernel, by libsvm. */
#include <errno.h>
#include <stdio.h>

#include "bytes_write.h"
#include "rbf_train.h"
#include "trainer.h"

extern const struct precopyml_trainer_ops trainer_svr;

static const double c_grid[] = {0.3, 3, 30};
static const double epsilon_grid[] = {0.05, 0.2};
static const double gamma_grid[] = {0.2, 1, 5};

enum { OPTION_C, OPTION_EPSILON, OPTION_GAMMA };

static const struct precopyml_trainer_option options[] = {
    [OPTION_C] = {RBF_OPTION_C, .grid = c_grid, .grid_count = sizeof c_grid / sizeof c_grid[0]},
    [OPTION_EPSILON] = {RBF_OPTION_EPSILON, .grid = epsilon_grid,
                        .grid_count = sizeof epsilon_grid / sizeof epsilon_grid[0]},
    [OPTION_GAMMA] = {RBF_OPTION_GAMMA, .grid = gamma_grid,
                      .grid_count = sizeof gamma_grid / sizeof gamma_grid[0]},
    {.name = NULL},
};

static int train(const struct rbf_table *table, const struct rbf_setting *setting,
                 struct precopyml_trainer_result *result)
{
    double *coefficient = calloc(table->rows, sizeof *coefficient);
    size_t *row = calloc(table->rows, sizeof *row);
    struct bytes_out out = {0};
    struct rbf_outcome outcome = {0};
    int error = coefficient && row ? 0 : -ENOMEM;

    for (size_t i = 0; row && i < table->rows; i++)
        row[i] = i;
    if (!error)
        error = rbf_train(table, setting, row, table->rows, coefficient, &outcome);
    if (outcome.complaint)
        snprintf(result->note, sizeof result->note, "libsvm: %s", outcome.complaint);
    else if (!error && !outcome.settled)
        snprintf(result->note, sizeof result->note, "did not converge; try a smaller C");
    if (!error)
        error = rbf_save(table, setting, 1, &outcome.offset, coefficient, &out);
    result->payload = out.data;
    result->length = out.length;
    free(coefficient);
    free(row);
    return error;
}

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    struct rbf_setting setting = {task->option[OPTION_C], task->option[OPTION_EPSILON],
                                  task->option[OPTION_GAMMA]};
    struct rbf_table table;
    int error = rbf_table_make(task, &table, result->note, sizeof result->note);

    if (error)
        return error;
    error = train(&table, &setting, result);
    rbf_table_free(&table);
    return error;
}

const struct precopyml_trainer_ops trainer_svr = {
    .size = PRECOPYML_TRAINER_OPS_INIT,
    .name = "svr",
    .summary = "support vector regression by libsvm",
    .options = options,
    .fit = fit,
};
