/* SPDX-License-Identifier: MIT */
/*
 * Keeps the rows, up to a limit; how many neighbours count, and how much, is found by
 * cross-validation.
 */
#include <errno.h>
#include <stdio.h>

#include "bytes_write.h"
#include "knn.h"
#include "knn_condense.h"
#include "trainer.h"

extern const struct precopyml_trainer_ops trainer_knn;

static const double neighbours[] = {1, 2, 3, 5, 7, 10, 15, 20, 30, 50};
static const char *const weightings[] = {"uniform", "distance", NULL};
static const double weighting_grid[] = {KNN_UNIFORM, KNN_INVERSE_DISTANCE};

enum { ROWS_MAX = 4 << 20 }; /* of one feature, about as many as fit into a model file */

/*
 * High, because every row that goes costs accuracy (see docs/measurements.md), and a search among
 * so many still takes microseconds.
 */
static const double rows_grid[] = {100000};

enum { OPTION_K, OPTION_WEIGHTING, OPTION_ROWS };

static const struct precopyml_trainer_option options[] = {
    [OPTION_K] = {.name = "k",
                  .meaning = "neighbours; all rows when there are fewer",
                  .integer = 1,
                  .min = 1,
                  .max = KNN_NEIGHBOURS_MAX,
                  .grid = neighbours,
                  .grid_count = sizeof neighbours / sizeof neighbours[0]},
    [OPTION_WEIGHTING] = {.name = "weighting",
                          .meaning = "how much a neighbour counts: alike, or by 1 / distance",
                          .choices = weightings,
                          .grid = weighting_grid,
                          .grid_count = sizeof weighting_grid / sizeof weighting_grid[0]},
    [OPTION_ROWS] = {.name = "rows",
                     .meaning = "the most to keep; of more, the means of as many neighbourhoods",
                     .integer = 1,
                     .min = 1,
                     .max = ROWS_MAX,
                     .grid = rows_grid,
                     .grid_count = 1},
    {.name = NULL},
};

static int save(const struct precopyml_trainer_task *task, const double *x, const double *y,
                size_t rows, struct precopyml_trainer_result *result)
{
    struct bytes_out out = {0};
    double k = task->option[OPTION_K];

    bytes_put_u32(&out, k < (double)rows ? (uint32_t)k : (uint32_t)rows);
    bytes_put_u32(&out, (uint32_t)task->option[OPTION_WEIGHTING]);
    bytes_put_u64(&out, rows);
    for (size_t i = 0; i < rows * task->feature_count; i++)
        bytes_put_f64(&out, x[i]);
    for (size_t i = 0; i < rows; i++)
        bytes_put_f64(&out, y[i]);
    result->payload = out.data;
    result->length = out.length;
    return out.failed ? -ENOMEM : 0;
}

static int save_condensed(const struct precopyml_trainer_task *task, size_t most,
                          struct precopyml_trainer_result *result)
{
    double *x = calloc(most * task->feature_count, sizeof *x), *y = calloc(most, sizeof *y);
    struct bytes_out matrix = {0};
    int error;

    for (size_t i = 0; i < task->rows * task->feature_count; i++)
        bytes_put_f64(&matrix, task->x[i]);
    error = x && y && !matrix.failed
                ? knn_condense(matrix.data, task->y, task->rows, task->feature_count, most, x, y)
                : -ENOMEM;
    free(matrix.data);
    if (!error)
        error = save(task, x, y, most, result);
    free(x);
    free(y);
    snprintf(result->note, sizeof result->note, "%zu rows made %zu", task->rows, most);
    return error;
}

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    size_t most = (size_t)task->option[OPTION_ROWS];

    return task->rows > most ? save_condensed(task, most, result)
                             : save(task, task->x, task->y, task->rows, result);
}

const struct precopyml_trainer_ops trainer_knn = {
    .size = PRECOPYML_TRAINER_OPS_INIT,
    .name = "knn",
    .summary = "keeps the rows, up to a limit",
    .options = options,
    .fit = fit,
};
