/* SPDX-License-Identifier: MIT */
/* What the perceptron's training learns, against data whose truth is known. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ann_example.h"
#include "model_format.h"
#include "model_write.h"

/* As a model of a plain head on features that are not scaled. */
static precopyml_model *model_of(const struct precopyml_trainer_result *result)
{
    static const struct feature_spec features[FEATURES] = {
        {"throttle", "percent", MODEL_IDENTITY, 0, 1, -10, 10},
        {"vcpus", "1", MODEL_IDENTITY, 0, 1, -10, 10},
        {"iteration", "1", MODEL_IDENTITY, 0, 1, -10, 10},
    };
    const struct head_spec head = {.target = "downtime",
                                   .predictor = "ann",
                                   .features = features,
                                   .feature_count = FEATURES,
                                   .payload = result->payload,
                                   .payload_length = result->length};
    const struct model_spec spec = {.provenance = "{}", .heads = &head, .head_count = 1};
    precopyml_model *model = NULL;
    unsigned char *bytes = NULL;
    size_t length;

    assert_int_equal(model_write_memory(&spec, &bytes, &length), 0);
    if (precopyml_model_load_memory(bytes, length, &model) != 0)
        fail_msg("%s", precopyml_error_message());
    free(bytes);
    return model;
}

static double predict(const precopyml_model *model, const double *x)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;
    void *scratch = malloc(precopyml_model_scratch_size(model));

    assert_non_null(scratch);
    precopyml_features_set(&features, PRECOPYML_FEATURE_THROTTLE, x[0]);
    precopyml_features_set(&features, PRECOPYML_FEATURE_VCPUS, x[1]);
    precopyml_features_set(&features, PRECOPYML_FEATURE_ITERATION, x[2]);
    assert_int_equal(
        precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, scratch, &estimate),
        0);
    free(scratch);
    return estimate.value;
}

static precopyml_model *fitted(const struct example *example)
{
    struct precopyml_trainer_result result;
    precopyml_model *model;

    assert_int_equal(fit(example, &result), 0);
    model = model_of(&result);
    free(result.payload);
    return model;
}

/* Share of the variance explained, on rows that training never saw. */
static double r_squared(const precopyml_model *model)
{
    double squares = 0, sum = 0, all = 0;
    uint32_t seed = 12345;
    enum { QUESTIONS = 500 };

    for (int i = 0; i < QUESTIONS; i++) {
        double x[FEATURES], y;

        for (size_t j = 0; j < FEATURES; j++)
            x[j] = 3 * noise(&seed) - 1.5;
        y = truth(x);
        squares += pow(predict(model, x) - y, 2);
        sum += y;
        all += y * y;
    }
    return 1 - squares / (all - sum * sum / QUESTIONS);
}

/* ---- What it learns ---- */

static void learns_what_no_line_can(void **state)
{
    struct example example;
    precopyml_model *model;
    double share;

    (void)state;
    example_begin(&example, ROWS);
    model = fitted(&example);
    share = r_squared(model);
    if (!(share > 0.95))
        fail_msg("R2 is only %g", share);
    precopyml_model_unref(&model);
}

/* Every combination of options yields a model; few migrations and one migration too. */
static void takes_every_option(void **state)
{
    static const double cases[][4] = {{1, 0, 1, 0}, {32, 1, 8, 7}, {3, 0, 6, 20}, {1, 1, 8, 1}};
    struct example example;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        precopyml_model *model;

        example_begin(&example, 16 + i);
        memcpy(example.option, cases[i], sizeof cases[i]);
        model = fitted(&example);
        assert_true(isfinite(predict(model, example.x)));
        precopyml_model_unref(&model);
    }
}

/* Pure noise in rows of a migration that are alike: stopping by rows would learn the migrations. */
static void holds_out_whole_migrations(void **state)
{
    struct example example;
    precopyml_model *whole, *rows;
    uint32_t seed = 3;
    double honest = 0, fooled = 0;

    (void)state;
    example_begin(&example, ROWS);
    for (size_t i = 0; i < ROWS; i += 5) {
        double label = 0.1 + noise(&seed);

        for (size_t j = i; j < i + 5; j++) {
            memcpy(example.x + j * FEATURES, example.x + i * FEATURES, FEATURES * sizeof(double));
            example.y[j] = label;
        }
    }
    whole = fitted(&example);
    for (size_t i = 0; i < ROWS; i++)
        example.group[i] = (uint32_t)i; /* now it may split what belongs together */
    rows = fitted(&example);
    for (size_t i = 0; i < ROWS; i++) {
        honest += fabs(predict(whole, example.x + i * FEATURES) - example.y[i]);
        fooled += fabs(predict(rows, example.x + i * FEATURES) - example.y[i]);
    }
    if (!(fooled < 0.8 * honest))
        fail_msg("errors in training %g and %g", honest / ROWS, fooled / ROWS);
    precopyml_model_unref(&whole);
    precopyml_model_unref(&rows);
}

/* Every tenth target a hundred times too large: clipped, they hardly matter; fully, they do. */
static void clipping_resists_outliers(void **state)
{
    struct example example;
    precopyml_model *clipped, *full;
    double resists, suffers;

    (void)state;
    example_begin(&example, ROWS);
    for (size_t i = 0; i < ROWS; i += 10)
        example.y[i] *= 100;
    full = fitted(&example);
    example.option[1] = 0;
    clipped = fitted(&example);
    resists = r_squared(clipped);
    suffers = r_squared(full);
    if (!(resists > 0 && suffers < -1))
        fail_msg("R2 is %g clipped, %g otherwise", resists, suffers);
    precopyml_model_unref(&clipped);
    precopyml_model_unref(&full);
}

/* One migration cannot be held out in parts: rows are, and the note says so. */
static void says_when_migrations_are_too_few(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;

    (void)state;
    example_begin(&example, ROWS);
    assert_int_equal(fit(&example, &result), 0);
    assert_string_equal(result.note, "");
    free(result.payload);
    for (size_t i = 0; i < ROWS; i++)
        example.group[i] = i % 2 ? 3 : UINT32_MAX;
    assert_int_equal(fit(&example, &result), 0);
    assert_non_null(strstr(result.note, "migrations"));
    free(result.payload);
}

/* ---- Data that FANN's own scaling turns into NaN ---- */

static void a_constant_feature_changes_nothing(void **state)
{
    struct example example;
    double x[FEATURES] = {0.3, -0.2, 0.75};
    precopyml_model *model;
    double there;

    (void)state;
    example_begin(&example, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        example.x[i * FEATURES + 2] = 0.75;
    model = fitted(&example);
    there = predict(model, x);
    assert_true(fabs(there - truth(x)) < 0.1);
    x[2] = -8; /* nobody knows what this does: nothing is made up */
    assert_true(predict(model, x) == there);
    precopyml_model_unref(&model);
}

static void nothing_to_learn_is_the_mean(void **state)
{
    static const double far[] = {9, -9, 9};
    struct example example;
    precopyml_model *model;

    (void)state;
    example_begin(&example, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        example.y[i] = 0.3;
    model = fitted(&example); /* constant targets */
    assert_true(fabs(predict(model, far) - 0.3) < 1e-15);
    precopyml_model_unref(&model);
    example_begin(&example, ROWS);
    for (size_t i = 0; i < ROWS * FEATURES; i++)
        example.x[i] = 1;
    for (size_t i = 0; i < ROWS; i++)
        example.y[i] = i % 2 ? 0.25 : 0.75;
    model = fitted(&example); /* constant features */
    assert_true(fabs(predict(model, far) - 0.5) < 1e-15);
    precopyml_model_unref(&model);
}

/* Scales of all sizes come out as they went in: FANN's own would keep six decimals. */
static void any_scale_of_targets(void **state)
{
    struct example example;

    (void)state;
    for (double scale = 1e-12; scale < 1e13; scale *= 1e6) {
        precopyml_model *model;

        example_begin(&example, ROWS);
        for (size_t i = 0; i < ROWS; i++)
            example.y[i] *= scale;
        model = fitted(&example);
        for (size_t i = 0; i < 20; i++)
            assert_true(fabs(predict(model, example.x + i * FEATURES) / example.y[i] - 1) < 0.3);
        precopyml_model_unref(&model);
    }
}

static void refuses_what_it_cannot_fit(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;

    (void)state;
    example_begin(&example, 9);
    assert_int_equal(fit(&example, &result), -ENODATA);
    assert_null(result.payload);
    example_begin(&example, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        example.y[i] = i % 2 ? 1e308 : -1e308;
    assert_int_equal(fit(&example, &result), -ERANGE);
    assert_null(result.payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_what_no_line_can),
        cmocka_unit_test(takes_every_option),
        cmocka_unit_test(holds_out_whole_migrations),
        cmocka_unit_test(clipping_resists_outliers),
        cmocka_unit_test(says_when_migrations_are_too_few),
        cmocka_unit_test(a_constant_feature_changes_nothing),
        cmocka_unit_test(nothing_to_learn_is_the_mean),
        cmocka_unit_test(any_scale_of_targets),
        cmocka_unit_test(refuses_what_it_cannot_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
