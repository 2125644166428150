/* SPDX-License-Identifier: MIT */
/* Keeps the rows; how many neighbours count, and how much, is found by cross-validation. */
#include <errno.h>

#include "bytes_write.h"
#include "knn.h"
#include "trainer.h"

extern const struct precopyml_trainer_ops trainer_knn;

static const double neighbours[] = {1, 2, 3, 5, 7, 10, 15, 20, 30, 50};
static const char *const weightings[] = {"uniform", "distance", NULL};
static const double weighting_grid[] = {KNN_UNIFORM, KNN_INVERSE_DISTANCE};

enum { OPTION_K, OPTION_WEIGHTING };

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
    {.name = NULL},
};

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    struct bytes_out out = {0};
    double k = task->option[OPTION_K];

    bytes_put_u32(&out, k < (double)task->rows ? (uint32_t)k : (uint32_t)task->rows);
    bytes_put_u32(&out, (uint32_t)task->option[OPTION_WEIGHTING]);
    bytes_put_u64(&out, task->rows);
    for (size_t i = 0; i < task->rows * task->feature_count; i++)
        bytes_put_f64(&out, task->x[i]);
    for (size_t i = 0; i < task->rows; i++)
        bytes_put_f64(&out, task->y[i]);
    result->payload = out.data;
    result->length = out.length;
    return out.failed ? -ENOMEM : 0;
}

const struct precopyml_trainer_ops trainer_knn = {
    .size = PRECOPYML_TRAINER_OPS_INIT,
    .name = "knn",
    .summary = "keeps the rows",
    .options = options,
    .fit = fit,
};
