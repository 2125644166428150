/* SPDX-License-Identifier: MIT */
/*
 * Robust ridge regression by iteratively reweighted least squares, from GSL's parts. GSL's own
 * driver, gsl_multifit_robust(), reports a fit that did not converge through the process's error
 * handler, whose default aborts; whether a fit converges depends on the data, so a library cannot
 * use it.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "bytes_write.h"
#include "linear.h"
#include "task.h"
#include "trainer.h"

extern const struct precopyml_trainer_ops trainer_linear;

enum { ITERATIONS = 100 };

/* Directions with less than this share of the largest's spread cannot be told from noise. */
#define COLLINEAR 1e-3

enum loss { LOSS_BISQUARE, LOSS_HUBER, LOSS_SQUARES };

static const char *const losses[] = {"bisquare", "huber", "squares", NULL};
static const double loss_grid[] = {LOSS_BISQUARE};

/*
 * The robust loss can reject the very rows in which a feature varies, and a feature can vary in few
 * rows to begin with; what is left then gives it any coefficient whatever. Some ridge prevents
 * that, and in a log residual it leans towards physics.
 */
static const double ridge_grid[] = {0, 0.1, 1};

static const struct precopyml_trainer_option options[] = {
    {.name = "loss",
     .meaning = "how much outliers count: not at all, little, or fully",
     .choices = losses,
     .grid = loss_grid,
     .grid_count = 1},
    {.name = "ridge",
     .meaning = "holds coefficients back, each by about 1 / (1 + ridge)",
     .max = 1e6,
     .grid = ridge_grid,
     .grid_count = sizeof ridge_grid / sizeof ridge_grid[0]},
    {.name = NULL},
};

enum { OPTION_LOSS, OPTION_RIDGE };

struct fit {
    size_t rows;
    size_t columns; /* an intercept and the features that vary */
    size_t held;    /* further rows: each wants one coefficient to be 0 */
    gsl_matrix *x;
    gsl_vector *y;
    gsl_vector *residual;
    gsl_vector *weight;
    gsl_vector *coefficient;
    gsl_vector *previous;
    gsl_matrix *covariance;
    gsl_multifit_linear_workspace *work;
};

static void fit_free(struct fit *fit)
{
    gsl_matrix_free(fit->x);
    gsl_vector_free(fit->y);
    gsl_vector_free(fit->residual);
    gsl_vector_free(fit->weight);
    gsl_vector_free(fit->coefficient);
    gsl_vector_free(fit->previous);
    gsl_matrix_free(fit->covariance);
    gsl_multifit_linear_free(fit->work);
}

static bool fit_alloc(struct fit *fit)
{
    size_t rows = fit->rows + fit->held;

    fit->x = gsl_matrix_calloc(rows, fit->columns);
    fit->y = gsl_vector_calloc(rows);
    fit->residual = gsl_vector_alloc(rows);
    fit->weight = gsl_vector_alloc(rows);
    fit->coefficient = gsl_vector_alloc(fit->columns);
    fit->previous = gsl_vector_alloc(fit->columns);
    fit->covariance = gsl_matrix_alloc(fit->columns, fit->columns);
    fit->work = gsl_multifit_linear_alloc(rows, fit->columns);
    return fit->x && fit->y && fit->residual && fit->weight && fit->coefficient && fit->previous &&
           fit->covariance && fit->work;
}

static void fit_fill(struct fit *fit, const struct precopyml_trainer_task *task, const bool *used)
{
    for (size_t i = 0; i < task->rows; i++) {
        size_t column = 0;

        gsl_matrix_set(fit->x, i, column++, 1);
        for (size_t j = 0; j < task->feature_count; j++) {
            if (used[j])
                gsl_matrix_set(fit->x, i, column++, task->x[i * task->feature_count + j]);
        }
        gsl_vector_set(fit->y, i, task->y[i]);
    }
    /* Least squares with these rows minimises the penalty ridge x rows x coefficient^2 as well. */
    for (size_t i = 0; i < fit->held; i++)
        gsl_matrix_set(fit->x, fit->rows + i, 1 + i,
                       sqrt(task->option[OPTION_RIDGE] * (double)fit->rows));
    gsl_vector_set_all(fit->weight, 1);
}

static int solve(struct fit *fit)
{
    double chisq;
    size_t rank;

    if (gsl_multifit_wlinear_tsvd(fit->x, fit->weight, fit->y, COLLINEAR, fit->coefficient,
                                  fit->covariance, &chisq, &rank, fit->work) != 0)
        return -EINVAL;
    gsl_multifit_linear_residuals(fit->x, fit->y, fit->coefficient, fit->residual);
    return 0;
}

/*
 * From the median of the absolute residuals. As many of the least as there are coefficients are
 * left out: a fit makes about so many of them vanish.
 */
static double residual_sigma(struct fit *fit)
{
    double *work = fit->weight->data; /* to be computed anew anyway */
    size_t skip = fit->columns - 1;

    for (size_t i = 0; i < fit->rows; i++)
        work[i] = fabs(gsl_vector_get(fit->residual, i));
    gsl_sort(work, 1, fit->rows);
    return gsl_stats_median_from_sorted_data(work + skip, 1, fit->rows - skip) / 0.6745;
}

static bool has_settled(const struct fit *fit)
{
    for (size_t i = 0; i < fit->columns; i++) {
        double now = gsl_vector_get(fit->coefficient, i);
        double before = gsl_vector_get(fit->previous, i);

        if (fabs(now - before) > 1e-8 * fmax(fabs(now), fabs(before)))
            return false;
    }
    return true;
}

/* 0, -EAGAIN when the weights did not settle, -EINVAL. */
static int reweigh(struct fit *fit, const gsl_multifit_robust_type *loss)
{
    /* A fit that is nearly exact has no outliers to find, only rounding errors. */
    double least = 1e-6 * gsl_stats_sd(fit->y->data, 1, fit->rows);
    gsl_vector_view residual = gsl_vector_subvector(fit->residual, 0, fit->rows);
    gsl_vector_view weight = gsl_vector_subvector(fit->weight, 0, fit->rows);

    for (int i = 0; i < ITERATIONS; i++) {
        double sigma = fmax(residual_sigma(fit), least);
        int error;

        if (sigma == 0)
            return 0;
        gsl_vector_scale(&residual.vector, 1 / (sigma * loss->tuning_default));
        loss->wfun(&residual.vector, &weight.vector);
        gsl_vector_memcpy(fit->previous, fit->coefficient);
        error = solve(fit);
        if (error || has_settled(fit))
            return error;
    }
    return -EAGAIN;
}

/* Least squares first; then, with rows enough to tell outliers, the robust loss. */
static int run(struct fit *fit, enum loss loss, char *note, size_t length)
{
    int error = solve(fit);

    if (error || loss == LOSS_SQUARES)
        return error;
    if (fit->rows < 2 * fit->columns) {
        snprintf(note, length, "too few rows for a robust fit: least squares");
        return 0;
    }
    error =
        reweigh(fit, loss == LOSS_HUBER ? gsl_multifit_robust_huber : gsl_multifit_robust_bisquare);
    if (error != -EAGAIN)
        return error;
    snprintf(note, length, "the robust fit did not converge: least squares");
    gsl_vector_set_all(fit->weight, 1);
    return solve(fit);
}

static int save(const struct fit *fit, const struct precopyml_trainer_task *task, const bool *used,
                struct precopyml_trainer_result *result)
{
    struct bytes_out out = {0};
    size_t column = 0;

    bytes_put_f64(&out, gsl_vector_get(fit->coefficient, column++));
    for (size_t j = 0; j < task->feature_count; j++)
        bytes_put_f64(&out, used[j] ? gsl_vector_get(fit->coefficient, column++) : 0);
    result->payload = out.data;
    result->length = out.length;
    return out.failed ? -ENOMEM : 0;
}

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    bool used[PRECOPYML_FEATURE_COUNT];
    struct fit fit = {.rows = task->rows, .columns = 1};
    int error;

    for (size_t j = 0; j < task->feature_count; j++)
        fit.columns += used[j] = task_varies(task, j);
    if (task->rows < fit.columns || task->rows < 2)
        return -ENODATA;
    if (!isfinite(gsl_stats_variance(task->y, 1, task->rows)))
        return -ERANGE;
    fit.held = task->option[OPTION_RIDGE] > 0 ? fit.columns - 1 : 0;
    error = fit_alloc(&fit) ? 0 : -ENOMEM;
    if (!error) {
        fit_fill(&fit, task, used);
        error = run(&fit, (enum loss)task->option[OPTION_LOSS], result->note, sizeof result->note);
    }
    if (!error)
        error = save(&fit, task, used, result);
    fit_free(&fit);
    return error;
}

const struct precopyml_trainer_ops trainer_linear = {
    .size = PRECOPYML_TRAINER_OPS_INIT,
    .name = "linear",
    .summary = "robust regression",
    .options = options,
    .fit = fit,
};
