/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "dataset.h"
#include "train_error.h"

enum { METRICS = PRECOPYML_TRAIN_METRIC_COUNT };

/* What the metrics are made of, row by row, and in ascending order where quantiles need it. */
struct errors {
    const struct metrics_rows *rows;
    double *absolute;
    double *relative;
    double *physics_relative; /* infinite, as NaN cannot be sorted: not compared */
    size_t *by_absolute;
    size_t *by_relative;
    size_t *by_physics_relative;
    double *sorted; /* room for the most rows a draw can have */
};

static void errors_free(struct errors *errors)
{
    free(errors->absolute);
    free(errors->relative);
    free(errors->physics_relative);
    free(errors->by_absolute);
    free(errors->by_relative);
    free(errors->by_physics_relative);
    free(errors->sorted);
}

/* A draw could consist of the largest migration only. */
static size_t most_rows(const struct metrics_rows *rows)
{
    size_t *count = calloc(rows->groups, sizeof *count);
    size_t most = 0;

    if (!count)
        return 0;
    for (size_t i = 0; i < rows->rows; i++) {
        if (++count[rows->group[i]] > most)
            most = count[rows->group[i]];
    }
    free(count);
    return most * rows->groups;
}

static double relative_error(double forecast, double observed)
{
    return fabs(forecast - observed) / fmax(observed, DATASET_LABEL_FLOOR);
}

static double log_error(double forecast, double observed)
{
    return fabs(log(relative(forecast, observed)));
}

static int errors_make(struct errors *errors, const struct metrics_rows *rows)
{
    size_t count = rows->rows, most = most_rows(rows);

    *errors = (struct errors){rows,
                              calloc(count, sizeof(double)),
                              calloc(count, sizeof(double)),
                              calloc(count, sizeof(double)),
                              calloc(count, sizeof(size_t)),
                              calloc(count, sizeof(size_t)),
                              calloc(count, sizeof(size_t)),
                              calloc(most, sizeof(double))};
    if (!errors->absolute || !errors->relative || !errors->physics_relative ||
        !errors->by_absolute || !errors->by_relative || !errors->by_physics_relative ||
        !errors->sorted || most == 0) {
        errors_free(errors);
        return train_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        errors->absolute[i] = fabs(rows->forecast[i] - rows->observed[i]);
        errors->relative[i] = relative_error(rows->forecast[i], rows->observed[i]);
        errors->physics_relative[i] = isnan(rows->physics[i])
                                          ? INFINITY
                                          : relative_error(rows->physics[i], rows->observed[i]);
    }
    gsl_sort_index(errors->by_absolute, errors->absolute, 1, count);
    gsl_sort_index(errors->by_relative, errors->relative, 1, count);
    gsl_sort_index(errors->by_physics_relative, errors->physics_relative, 1, count);
    return 0;
}

/* ---- One set of weights: all ones, or a draw ---- */

static double quantile(const struct errors *errors, size_t count, double share)
{
    return count > 0 ? gsl_stats_quantile_from_sorted_data(errors->sorted, 1, count, share)
                     : (double)NAN;
}

/* Lays the wanted errors out in ascending order, each as often as its migration was drawn. */
static size_t lay_out(const struct errors *errors, const double *error, const size_t *order,
                      const uint32_t *weight, bool (*wanted)(const struct errors *, size_t))
{
    const struct metrics_rows *rows = errors->rows;
    size_t count = 0;

    for (size_t i = 0; i < rows->rows; i++) {
        if (!wanted(errors, order[i]))
            continue;
        for (uint32_t times = weight[rows->group[order[i]]]; times > 0; times--)
            errors->sorted[count++] = error[order[i]];
    }
    return count;
}

static bool is_any(const struct errors *errors, size_t i)
{
    (void)errors;
    (void)i;
    return true;
}

static bool is_long(const struct errors *errors, size_t i)
{
    return errors->rows->observed[i] >= METRICS_LONG;
}

static bool is_short(const struct errors *errors, size_t i)
{
    return !is_long(errors, i);
}

static bool is_compared(const struct errors *errors, size_t i)
{
    return isfinite(errors->physics_relative[i]);
}

static void quantiles(const struct errors *errors, const uint32_t *weight, double *metric)
{
    size_t count = lay_out(errors, errors->relative, errors->by_relative, weight, is_any);

    metric[PRECOPYML_TRAIN_MEDIAN_APE] = quantile(errors, count, 0.5);
    metric[PRECOPYML_TRAIN_P90_APE] = quantile(errors, count, 0.9);
    metric[PRECOPYML_TRAIN_P95_APE] = quantile(errors, count, 0.95);
    count = lay_out(errors, errors->relative, errors->by_relative, weight, is_long);
    metric[PRECOPYML_TRAIN_LONG_MEDIAN_APE] = quantile(errors, count, 0.5);
    metric[PRECOPYML_TRAIN_LONG_P90_APE] = quantile(errors, count, 0.9);
    count = lay_out(errors, errors->absolute, errors->by_absolute, weight, is_long);
    metric[PRECOPYML_TRAIN_LONG_MEDIAN] = quantile(errors, count, 0.5);
    metric[PRECOPYML_TRAIN_LONG_P90] = quantile(errors, count, 0.9);
    count = lay_out(errors, errors->absolute, errors->by_absolute, weight, is_short);
    metric[PRECOPYML_TRAIN_SHORT_MEDIAN] = quantile(errors, count, 0.5);
    metric[PRECOPYML_TRAIN_SHORT_P90] = quantile(errors, count, 0.9);
    count = lay_out(errors, errors->relative, errors->by_relative, weight, is_compared);
    metric[PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS] = quantile(errors, count, 0.5);
    count =
        lay_out(errors, errors->physics_relative, errors->by_physics_relative, weight, is_compared);
    metric[PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS] -= quantile(errors, count, 0.5);
}

static void averages(const struct errors *errors, const uint32_t *weight, double *metric)
{
    const struct metrics_rows *rows = errors->rows;
    double count = 0, compared = 0, observed = 0, absolute = 0, squares = 0, share = 0;
    double logs = 0, versus = 0, spread = 0;

    for (size_t i = 0; i < rows->rows; i++) {
        double times = weight[rows->group[i]];
        double error = log_error(rows->forecast[i], rows->observed[i]);

        count += times;
        observed += times * rows->observed[i];
        absolute += times * errors->absolute[i];
        squares += times * errors->absolute[i] * errors->absolute[i];
        share += times * errors->relative[i];
        logs += times * error;
        if (is_compared(errors, i)) {
            compared += times;
            versus += times * (error - log_error(rows->physics[i], rows->observed[i]));
        }
    }
    for (size_t i = 0; i < rows->rows; i++) {
        double deviation = rows->observed[i] - observed / count;

        spread += weight[rows->group[i]] * deviation * deviation;
    }
    metric[PRECOPYML_TRAIN_MAE] = absolute / count;
    metric[PRECOPYML_TRAIN_RMSE] = sqrt(squares / count);
    metric[PRECOPYML_TRAIN_MAPE] = share / count;
    metric[PRECOPYML_TRAIN_R2] = spread > 0 ? 1 - squares / spread : (double)NAN;
    metric[PRECOPYML_TRAIN_LOG_ERROR] = logs / count;
    metric[PRECOPYML_TRAIN_LOG_VS_PHYSICS] = versus / compared; /* NaN when none is */
}

static void measure(const struct errors *errors, const uint32_t *weight, double *metric)
{
    averages(errors, weight, metric);
    quantiles(errors, weight, metric);
}

/* ---- Bootstrap ---- */

/* Percentiles of what the draws gave; a draw that did not determine the metric is left out. */
static void set_interval(struct precopyml_train_interval *interval, double *value, size_t draws,
                         double confidence)
{
    size_t count = 0;

    for (size_t i = 0; i < draws; i++) {
        if (isfinite(value[i]))
            value[count++] = value[i];
    }
    if (count == 0 || isnan(interval->value))
        return;
    gsl_sort(value, 1, count);
    interval->lower = gsl_stats_quantile_from_sorted_data(value, 1, count, (1 - confidence) / 2);
    interval->upper = gsl_stats_quantile_from_sorted_data(value, 1, count, (1 + confidence) / 2);
}

static int bootstrap(const struct errors *errors, uint32_t draws, double confidence, uint64_t seed,
                     uint32_t *weight, struct precopyml_train_interval *metric)
{
    double *value = calloc((size_t)METRICS * draws, sizeof *value);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    uint32_t groups = errors->rows->groups;

    if (!value || !rng) {
        free(value);
        gsl_rng_free(rng);
        return train_no_memory();
    }
    gsl_rng_set(rng, (unsigned long)seed);
    for (uint32_t draw = 0; draw < draws; draw++) {
        double drawn[METRICS];

        for (uint32_t i = 0; i < groups; i++)
            weight[i] = 0;
        for (uint32_t i = 0; i < groups; i++)
            weight[gsl_rng_uniform_int(rng, groups)]++;
        measure(errors, weight, drawn);
        for (size_t i = 0; i < METRICS; i++)
            value[i * draws + draw] = drawn[i];
    }
    for (size_t i = 0; i < METRICS; i++)
        set_interval(&metric[i], value + i * draws, draws, confidence);
    gsl_rng_free(rng);
    free(value);
    return 0;
}

int metrics_score(const struct metrics_rows *rows, uint32_t draws, double confidence, uint64_t seed,
                  struct precopyml_train_interval *metric)
{
    uint32_t *weight = calloc(rows->groups, sizeof *weight);
    double value[METRICS];
    struct errors errors;
    int error = weight ? errors_make(&errors, rows) : train_no_memory();

    if (error) {
        free(weight);
        return error;
    }
    for (uint32_t i = 0; i < rows->groups; i++)
        weight[i] = 1;
    measure(&errors, weight, value);
    for (size_t i = 0; i < METRICS; i++)
        metric[i] = (struct precopyml_train_interval){value[i], NAN, NAN};
    if (draws > 0)
        error = bootstrap(&errors, draws, confidence, seed, weight, metric);
    errors_free(&errors);
    free(weight);
    return error;
}

const char *precopyml_train_metric_name(enum precopyml_train_metric metric)
{
    static const char *const names[METRICS] = {
        "mae",
        "rmse",
        "mape",
        "median_ape",
        "p90_ape",
        "p95_ape",
        "r2",
        "log_error",
        "long_median_error",
        "long_p90_error",
        "short_median_error",
        "short_p90_error",
        "log_error_vs_physics",
        "median_ape_vs_physics",
        "long_median_ape",
        "long_p90_ape",
    };

    return (unsigned)metric < METRICS ? names[metric] : NULL;
}
