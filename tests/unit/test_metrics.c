/* SPDX-License-Identifier: MIT */
/* Metrics against numbers worked out by hand, and the bootstrap's promises. */
#include "tables.h"

#include "metrics.h"

enum { ROWS = 4 };

static const double observed[ROWS] = {0.1, 0.2, 0.4, 0.5};
static const double forecast[ROWS] = {0.11, 0.18, 0.5, 0.4};
static const double doubled[ROWS] = {0.2, 0.4, (double)NAN, (double)NAN};
static const uint32_t group[ROWS] = {0, 0, 1, 2};

static const struct metrics_rows rows = {ROWS, observed, forecast, doubled, group, 3};

static void assert_close(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-12))
        fail_msg("%.15g is not %.15g", got, wanted);
}

static void test_by_hand(void **state)
{
    struct precopyml_train_interval metric[PRECOPYML_TRAIN_METRIC_COUNT];

    (void)state;
    assert_int_equal(metrics_score(&rows, 0, 0.95, 1, metric), 0);
    assert_close(metric[PRECOPYML_TRAIN_MAE].value, 0.0575);
    assert_close(metric[PRECOPYML_TRAIN_RMSE].value, sqrt(0.005125));
    assert_close(metric[PRECOPYML_TRAIN_MAPE].value, 0.1625);
    assert_close(metric[PRECOPYML_TRAIN_MEDIAN_APE].value, 0.15);
    assert_close(metric[PRECOPYML_TRAIN_P90_APE].value, 0.235);
    assert_close(metric[PRECOPYML_TRAIN_P95_APE].value, 0.2425);
    assert_close(metric[PRECOPYML_TRAIN_R2].value, 0.795);
    assert_close(metric[PRECOPYML_TRAIN_LOG_ERROR].value,
                 (log(1.1) - log(0.9) + log(1.25) - log(0.8)) / 4);
    assert_close(metric[PRECOPYML_TRAIN_LONG_MEDIAN_APE].value, 0.2);
    assert_close(metric[PRECOPYML_TRAIN_LONG_P90_APE].value, 0.24);
    assert_close(metric[PRECOPYML_TRAIN_LONG_MEDIAN].value, 0.1);
    assert_close(metric[PRECOPYML_TRAIN_LONG_P90].value, 0.1);
    assert_close(metric[PRECOPYML_TRAIN_SHORT_MEDIAN].value, 0.01);
    assert_close(metric[PRECOPYML_TRAIN_SHORT_P90].value, 0.01);
    /* on the two rows that physics has a forecast for, twice too high */
    assert_close(metric[PRECOPYML_TRAIN_LOG_VS_PHYSICS].value, (log(1.1) - log(0.9)) / 2 - log(2));
    assert_close(metric[PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS].value, 0.1 - 1);
    assert_true(isnan(metric[PRECOPYML_TRAIN_MAE].lower));
}

static void test_interval(void **state)
{
    struct precopyml_train_interval metric[PRECOPYML_TRAIN_METRIC_COUNT];
    struct precopyml_train_interval again[PRECOPYML_TRAIN_METRIC_COUNT];

    (void)state;
    assert_int_equal(metrics_score(&rows, 1000, 0.95, 7, metric), 0);
    assert_int_equal(metrics_score(&rows, 1000, 0.95, 7, again), 0);
    assert_memory_equal(metric, again, sizeof metric);
    assert_close(metric[PRECOPYML_TRAIN_MAE].value, 0.0575);
    assert_close(metric[PRECOPYML_TRAIN_MAE].lower, 0.015); /* the first migration three times */
    assert_close(metric[PRECOPYML_TRAIN_MAE].upper, 0.1);   /* never drawn */
    assert_int_equal(metrics_score(&rows, 1000, 0.2, 7, again), 0);
    assert_true(again[PRECOPYML_TRAIN_MAE].lower > metric[PRECOPYML_TRAIN_MAE].lower);
    assert_true(again[PRECOPYML_TRAIN_MAE].upper < metric[PRECOPYML_TRAIN_MAE].upper);
}

/* Migrations are drawn, not rows: with one there is nothing to vary. */
static void test_one_migration(void **state)
{
    static const uint32_t same[ROWS];
    struct metrics_rows one = rows;
    struct precopyml_train_interval metric[PRECOPYML_TRAIN_METRIC_COUNT];

    (void)state;
    one.group = same;
    one.groups = 1;
    assert_int_equal(metrics_score(&one, 100, 0.95, 1, metric), 0);
    for (int i = 0; i < PRECOPYML_TRAIN_METRIC_COUNT; i++) {
        assert_close(metric[i].lower, metric[i].value);
        assert_close(metric[i].upper, metric[i].value);
    }
}

/* Against itself, physics is neither better nor worse in any draw. */
static void test_paired(void **state)
{
    struct metrics_rows same = rows;
    struct precopyml_train_interval metric[PRECOPYML_TRAIN_METRIC_COUNT];

    (void)state;
    same.physics = forecast;
    assert_int_equal(metrics_score(&same, 1000, 0.95, 1, metric), 0);
    for (int i = PRECOPYML_TRAIN_LOG_VS_PHYSICS; i <= PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS; i++) {
        assert_close(metric[i].lower, 0);
        assert_close(metric[i].value, 0);
        assert_close(metric[i].upper, 0);
    }
}

static void test_undetermined(void **state)
{
    static const double constant[ROWS] = {0.3, 0.3, 0.3, 0.3};
    static const double unknown[ROWS] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    struct metrics_rows flat = rows;
    struct precopyml_train_interval metric[PRECOPYML_TRAIN_METRIC_COUNT];

    (void)state;
    flat.observed = constant;
    flat.physics = unknown;
    assert_int_equal(metrics_score(&flat, 100, 0.95, 1, metric), 0);
    assert_true(isnan(metric[PRECOPYML_TRAIN_R2].value));
    assert_true(isnan(metric[PRECOPYML_TRAIN_SHORT_P90].value));
    assert_true(isnan(metric[PRECOPYML_TRAIN_LOG_VS_PHYSICS].value));
    assert_true(isnan(metric[PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS].value));
    assert_true(isnan(metric[PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS].upper));
    assert_false(isnan(metric[PRECOPYML_TRAIN_MAE].upper));
}

/* A downtime that QEMU rounded to 0 is not infinitely far from a forecast of a millisecond. */
static void test_zero(void **state)
{
    static const double nothing[1], millisecond[1] = {0.001};
    static const uint32_t only[1];
    struct metrics_rows one = {1, nothing, millisecond, nothing, only, 1};
    struct precopyml_train_interval metric[PRECOPYML_TRAIN_METRIC_COUNT];

    (void)state;
    assert_int_equal(metrics_score(&one, 10, 0.95, 1, metric), 0);
    assert_close(metric[PRECOPYML_TRAIN_MAPE].value, 2);
    assert_close(metric[PRECOPYML_TRAIN_LOG_ERROR].value, log(2));
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < PRECOPYML_TRAIN_METRIC_COUNT; i++)
        assert_non_null(precopyml_train_metric_name((enum precopyml_train_metric)i));
    assert_null(precopyml_train_metric_name(PRECOPYML_TRAIN_METRIC_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),       cmocka_unit_test(test_interval),
        cmocka_unit_test(test_one_migration), cmocka_unit_test(test_paired),
        cmocka_unit_test(test_undetermined),  cmocka_unit_test(test_zero),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
