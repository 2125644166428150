/* SPDX-License-Identifier: MIT */
/* What each predictor's training fits, against data whose truth is known. */
#include "truths.h"

#include <gsl/gsl_errno.h>

#include "bytes.h"
#include "knn.h"
#include "trainer.h"

/* ---- Physics ---- */

static void test_overhead_is_a_median(void **state)
{
    precopyml_train_dataset *dataset = late_starts();
    struct precopyml_train_options options = options_for("physics");
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    precopyml_model *model;

    (void)state;
    model = train(dataset, &options);
    assert_int_equal(precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info), 0);
    assert_string_equal(info.predictor, "physics");
    assert_within(info.overhead, overhead, 1e-9);
    assert_within(predict(model, PRECOPYML_TARGET_DOWNTIME, bandwidth / 2, bandwidth, 0),
                  0.5 + overhead, 1e-9);
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&dataset);
}

/* Without a usable physics at any row the overhead is the one built in; it is never negative. */
static void test_overhead_without_physics(void **state)
{
    struct text text;
    precopyml_train_dataset *unknown, *fast;
    struct precopyml_train_options options = options_for("linear");
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT, builtin = info;
    static const uint32_t throttle[] = {PRECOPYML_FEATURE_THROTTLE};
    precopyml_model *model;

    (void)state;
    text_begin(&text, HEADER);
    for (int i = 0; i < 10; i++)
        fprintf(text.stream, "m%d,1e6,,%d,1,0.5,,,events\n", i, i);
    unknown = text_load(&text);
    text_begin(&text, HEADER);
    for (int i = 0; i < 10; i++)
        fprintf(text.stream, "m%d,1e9,1e6,%d,1,0.5,,,events\n", i, i);
    fast = text_load(&text);
    options.mode = PRECOPYML_TRAIN_PLAIN;
    options.features = throttle;
    options.feature_count = 1;
    precopyml_model_builtin(&model);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &builtin);
    precopyml_model_unref(&model);
    model = train(unknown, &options);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_true(info.overhead == builtin.overhead);
    precopyml_model_unref(&model);
    model = train(fast, &options);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_true(info.overhead == 0);
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&unknown);
    precopyml_train_dataset_free(&fast);
}

/* ---- Linear ---- */

/* Plain: seconds = 0.2 + 0.01 x throttle, whatever scaling lies between. */
static void test_linear_is_exact(void **state)
{
    struct text text;
    struct precopyml_train_options options = options_for("linear");
    static const uint32_t throttle[] = {PRECOPYML_FEATURE_THROTTLE, PRECOPYML_FEATURE_VCPUS};
    precopyml_train_dataset *dataset;
    precopyml_model *model;

    (void)state;
    text_begin(&text, HEADER);
    for (int i = 0; i < 20; i++)
        fprintf(text.stream, "m%d,1e6,1e9,%d,4,%.17g,,,events\n", i, i, 0.2 + 0.01 * i);
    dataset = text_load(&text);
    options.mode = PRECOPYML_TRAIN_PLAIN;
    options.features = throttle;
    options.feature_count = 2; /* the second never changes */
    model = train(dataset, &options);
    for (double x = 0; x < 19; x += 0.7)
        assert_within(predict(model, PRECOPYML_TARGET_DOWNTIME, 1e6, 1e9, x), 0.2 + 0.01 * x, 1e-9);
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&dataset);
}

static double worst_error(const precopyml_model *model)
{
    double worst = 0;

    for (double remaining = 1e7; remaining < 3e8; remaining *= 1.5) {
        double wanted = 0.5 * pow(remaining / bandwidth, 1.2);
        double got = predict(model, PRECOPYML_TARGET_DOWNTIME, remaining, bandwidth, 10);

        worst = fmax(worst, fabs(log(got / wanted)));
    }
    return worst;
}

/* Every tenth downtime fifty times too long: the robust fit does not care, least squares does. */
static void test_linear_resists_outliers(void **state)
{
    precopyml_train_dataset *dataset = power_law(200, 10);
    struct precopyml_train_options options = options_for("linear");
    double robust, squares;
    precopyml_model *model;

    (void)state;
    options.mode = PRECOPYML_TRAIN_LOG_RESIDUAL;
    options.features = sizes;
    options.feature_count = 2;
    model = train(dataset, &options);
    robust = worst_error(model);
    precopyml_model_unref(&model);
    options.hyperparameters = "loss=squares";
    model = train(dataset, &options);
    squares = worst_error(model);
    precopyml_model_unref(&model);
    if (!(robust < 1e-6 && squares > 0.1))
        fail_msg("robust is off by %g, least squares by %g", robust, squares);
    precopyml_train_dataset_free(&dataset);
}

/* A feature that differs in one wild row only: ridge 1 gives it half of that row's deviation. */
static void test_ridge_holds_back(void **state)
{
    struct precopyml_train_options options = options_for("linear");
    static const uint32_t throttle[] = {PRECOPYML_FEATURE_THROTTLE};
    precopyml_train_dataset *dataset;
    precopyml_model *free_fit, *held;
    struct text text;
    double loose, tight;

    (void)state;
    text_begin(&text, HEADER);
    for (int i = 0; i < 40; i++)
        fprintf(text.stream, "m%d,1e7,1e8,%g,4,%.17g,,,events\n", i, i == 0 ? 0 : 1e-3,
                i == 0 ? 50.0 : 0.1 + 0.001 * i);
    dataset = text_load(&text);
    options.mode = PRECOPYML_TRAIN_LOG_RESIDUAL;
    options.features = throttle;
    options.feature_count = 1;
    options.hyperparameters = "loss=squares,ridge=0";
    free_fit = train(dataset, &options);
    options.hyperparameters = "loss=squares,ridge=1";
    held = train(dataset, &options);
    loose = log(predict(free_fit, PRECOPYML_TARGET_DOWNTIME, 1e7, 1e8, 0) /
                predict(free_fit, PRECOPYML_TARGET_DOWNTIME, 1e7, 1e8, 1e-3));
    tight = log(predict(held, PRECOPYML_TARGET_DOWNTIME, 1e7, 1e8, 0) /
                predict(held, PRECOPYML_TARGET_DOWNTIME, 1e7, 1e8, 1e-3));
    assert_within(loose, 6.0, 0.1);
    assert_within(tight, loose / 2, 0.1); /* 1 / (1 + ridge) of it */
    precopyml_model_unref(&free_fit);
    precopyml_model_unref(&held);
    precopyml_train_dataset_free(&dataset);
}

static void keep_note(enum precopyml_log_level level, const char *message, void *opaque)
{
    (void)level;
    strncat(opaque, message, 900 - strlen(opaque));
}

static void test_linear_with_few_rows(void **state)
{
    precopyml_train_dataset *dataset = power_law(4, 0);
    struct precopyml_train_options options = options_for("linear");
    char notes[1000] = "";
    precopyml_model *model;

    (void)state;
    options.mode = PRECOPYML_TRAIN_LOG_RESIDUAL;
    options.features = sizes;
    options.feature_count = 2;
    options.log = keep_note;
    options.log_opaque = notes;
    options.folds = 4;
    model = train(dataset, &options);
    assert_non_null(strstr(notes, "too few rows for a robust fit"));
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&dataset);
}

/*
 * Small and ill-natured data: equal rows, collinear features, labels over ten decades, more
 * features than rows. A fit may say that it cannot; it never makes a model of nonsense, and never
 * reaches GSL's error handler (which fails the test).
 */
static void test_linear_with_nonsense(void **state)
{
    static const uint32_t four[] = {PRECOPYML_FEATURE_REMAINING,
                                    PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH,
                                    PRECOPYML_FEATURE_THROTTLE, PRECOPYML_FEATURE_VCPUS};
    struct precopyml_train_options options = options_for("linear");
    uint32_t seed = 3;
    int trained = 0;

    (void)state;
    options.features = four;
    options.feature_count = 4;
    for (int round = 0; round < 300; round++) {
        precopyml_train_dataset *dataset;
        struct text text;
        void *bytes = NULL;
        size_t length;

        text_begin(&text, HEADER);
        for (int i = 0; i < 2 + round % 17; i++) {
            double size = exp(40 * noise(&seed) - 10), odd = floor(3 * noise(&seed));

            fprintf(text.stream, "m%d,%.17g,%.17g,%g,%g,%.17g,,,events\n", i, size,
                    round % 3 ? 1e8 : size / 2, odd, round % 2 ? odd : 1,
                    round % 5 ? exp(24 * noise(&seed) - 12) : 0.0);
        }
        dataset = text_load(&text);
        if (precopyml_train_model(dataset, &options, &bytes, &length) == 0)
            trained++;
        free(bytes);
        precopyml_train_dataset_free(&dataset);
    }
    assert_true(trained > 200);
}

/* ---- k nearest neighbours ---- */

/* Fits a line of rows, in no order, each target its coordinate; what the payload then has. */
static size_t fit_line(size_t rows, double most, double *kept, double *target)
{
    double *x = calloc(rows, sizeof *x);
    uint32_t *group = calloc(rows, sizeof *group);
    const double option[] = {5, KNN_UNIFORM, most};
    struct precopyml_trainer_task task = {sizeof task, rows, 1, x, x, group, option, 1};
    struct precopyml_trainer_result result = {.size = sizeof result};
    const struct precopyml_trainer_ops *knn = trainer_find("knn");
    struct bytes in;
    uint32_t k;
    size_t count;

    assert_non_null(x);
    assert_non_null(group);
    assert_non_null(knn);
    for (size_t i = 0; i < rows; i++)
        x[i] = (double)(i * 7 % rows);
    assert_int_equal(knn->fit(&task, &result), 0);
    in = bytes_of(result.payload, result.length);
    k = bytes_u32(&in);
    assert_int_equal(bytes_u32(&in), KNN_UNIFORM);
    count = (size_t)bytes_u64(&in);
    assert_int_equal(k, count < 5 ? count : 5);
    assert_int_equal(result.length, knn_payload_length(count, 1));
    assert_int_equal(result.note[0] != '\0', count < rows);
    for (size_t i = 0; i < count; i++)
        kept[i] = bytes_f64(&in);
    for (size_t i = 0; i < count; i++)
        target[i] = bytes_f64(&in);
    free(x);
    free(group);
    free(result.payload);
    return count;
}

/* Up to the limit all rows stay as they came; beyond it stretches of the line become their means.
 */
static void test_knn_condenses(void **state)
{
    enum { ROWS = 4800, MOST = 600, SIZE = ROWS / MOST };
    static double kept[ROWS], target[ROWS];

    (void)state;
    assert_int_equal(fit_line(ROWS, ROWS, kept, target), ROWS);
    for (size_t i = 0; i < ROWS; i++)
        assert_true(kept[i] == (double)(i * 7 % ROWS) && target[i] == kept[i]);
    assert_int_equal(fit_line(ROWS, MOST, kept, target), MOST);
    for (size_t i = 0; i < MOST; i++) {
        assert_true(kept[i] == (double)(SIZE * i) + (SIZE - 1) / 2.0);
        assert_true(target[i] == kept[i]);
    }
    assert_int_equal(fit_line(ROWS, ROWS - 1, kept, target), ROWS - 1); /* one pair */
    for (size_t i = 0; i < ROWS - 1; i++)
        assert_true(kept[i] == (i == 0 ? 0.5 : (double)(i + 1)));
    assert_int_equal(fit_line(ROWS, 1, kept, target), 1);
    assert_within(kept[0], (ROWS - 1) / 2.0, 1e-9);
}

/* No data set may reach GSL's error handler: by default it aborts the program. */
static void handler(const char *reason, const char *file, int line, int number)
{
    (void)number;
    fail_msg("GSL: %s (%s:%d)", reason, file, line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overhead_is_a_median),
        cmocka_unit_test(test_overhead_without_physics),
        cmocka_unit_test(test_linear_is_exact),
        cmocka_unit_test(test_linear_resists_outliers),
        cmocka_unit_test(test_ridge_holds_back),
        cmocka_unit_test(test_linear_with_few_rows),
        cmocka_unit_test(test_linear_with_nonsense),
        cmocka_unit_test(test_knn_condenses),
    };

    gsl_set_error_handler(handler);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
