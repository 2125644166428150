/* SPDX-License-Identifier: MIT */
/* The perceptron's training: what it learns, and that FANN does nothing to the process meanwhile.
 */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <doublefann.h>

#include "model_format.h"
#include "model_write.h"
#include "trainer.h"

#include "tables.h"

enum { ROWS = 200, FEATURES = 3 };

/* ---- FANN, told to answer as another variant's library would ---- */

static bool lie;

fann_type *__real_fann_run(struct fann *net, fann_type *input);
fann_type *__wrap_fann_run(struct fann *net, fann_type *input);

fann_type *__wrap_fann_run(struct fann *net, fann_type *input)
{
    static fann_type lies[] = {4.2e21};

    return lie ? lies : __real_fann_run(net, input);
}

/* ---- A task of known truth ---- */

/* Migrations of five rows each; three features of mean 0 and spread of about 1. */
struct example {
    double x[ROWS * FEATURES];
    double y[ROWS];
    uint32_t group[ROWS];
    double option[4]; /* hidden, outliers (1: full), members, epochs */
    struct precopyml_trainer_task task;
};

static double truth(const double *x)
{
    return 0.4 + 0.2 * sin(2 * x[0]) + 0.1 * x[1] * x[1];
}

static void example_begin(struct example *example, size_t rows)
{
    uint32_t seed = 7;

    *example = (struct example){.option = {8, 1, 5, 300}};
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < FEATURES; j++)
            example->x[i * FEATURES + j] = 3.4 * noise(&seed) - 1.7;
        example->y[i] = truth(example->x + i * FEATURES);
        example->group[i] = 1000 - 3 * (uint32_t)(i / 5);
    }
    example->task = (struct precopyml_trainer_task){.size = sizeof example->task,
                                                    .rows = rows,
                                                    .feature_count = FEATURES,
                                                    .x = example->x,
                                                    .y = example->y,
                                                    .group = example->group,
                                                    .option = example->option,
                                                    .seed = 1};
}

static int fit(const struct example *example, struct precopyml_trainer_result *result)
{
    *result = (struct precopyml_trainer_result){.size = sizeof *result};
    return trainer_find("ann")->fit(&example->task, result);
}

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

/* ---- What FANN does to a process ---- */

static void notices_another_variant_of_fann(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;

    (void)state;
    example_begin(&example, ROWS);
    lie = true;
    assert_int_equal(fit(&example, &result), -EINVAL);
    lie = false;
    assert_null(result.payload);
    assert_non_null(strstr(result.note, "double"));
    assert_int_equal(fit(&example, &result), 0);
    free(result.payload);
}

/* FANN's constructors seed rand() anew, and draw from it. */
static void leaves_rand_alone(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;
    int wanted[20];
    struct fann *net;
    bool same = true;

    (void)state;
    example_begin(&example, ROWS);
    srand(42);
    for (int i = 0; i < 20; i++)
        wanted[i] = rand();
    srand(42);
    for (int i = 0; i < 20; i++) {
        if (i == 7) {
            assert_int_equal(fit(&example, &result), 0);
            free(result.payload);
        }
        assert_int_equal(rand(), wanted[i]);
    }
    srand(42); /* and the test would notice */
    net = fann_create_standard(3, 2, 2, 1);
    for (int i = 0; i < 20; i++)
        same = rand() == wanted[i] && same;
    fann_destroy(net);
    assert_false(same);
}

static void prints_nothing(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;
    FILE *caught = tmpfile();
    int out, err, error;
    long length;

    (void)state;
    assert_non_null(caught);
    example_begin(&example, ROWS);
    fflush(stdout);
    fflush(stderr);
    out = dup(STDOUT_FILENO);
    err = dup(STDERR_FILENO);
    dup2(fileno(caught), STDOUT_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
    error = fit(&example, &result);
    fflush(stdout);
    fflush(stderr);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    fseek(caught, 0, SEEK_END);
    length = ftell(caught);
    fclose(caught);
    free(result.payload);
    assert_int_equal(error, 0);
    assert_int_equal(length, 0);
}

/* ---- Same task, same bytes ---- */

static void assert_same(const struct precopyml_trainer_result *a,
                        const struct precopyml_trainer_result *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->payload, b->payload, a->length);
}

static void same_task_same_bytes(void **state)
{
    struct precopyml_trainer_result first, second, other;
    struct example example;

    (void)state;
    example_begin(&example, ROWS);
    assert_int_equal(fit(&example, &first), 0);
    srand(1);
    assert_int_equal(fit(&example, &second), 0);
    assert_same(&first, &second);
    example.task.seed = 2;
    assert_int_equal(fit(&example, &other), 0);
    assert_true(first.length == other.length &&
                memcmp(first.payload, other.payload, first.length) != 0);
    free(first.payload);
    free(second.payload);
    free(other.payload);
}

static void no_locale_matters(void **state)
{
    struct precopyml_trainer_result plain, comma;
    struct example example;
    locale_t thread = uselocale((locale_t)0);
    char *before;

    (void)state;
    example_begin(&example, ROWS);
    assert_int_equal(fit(&example, &plain), 0);
    enter_comma_locale();
    before = strdup(setlocale(LC_ALL, NULL));
    assert_int_equal(fit(&example, &comma), 0);
    assert_string_equal(setlocale(LC_ALL, NULL), before);
    assert_true(uselocale((locale_t)0) == thread);
    leave_locale();
    assert_same(&plain, &comma);
    free(before);
    free(plain.payload);
    free(comma.payload);
}

struct work {
    struct example example;
    struct precopyml_trainer_result result;
    int error;
};

static void *fit_thrice(void *argument)
{
    struct work *work = argument;

    for (int i = 0; i < 3; i++) {
        free(work->result.payload);
        work->error |= fit(&work->example, &work->result);
    }
    return NULL;
}

static void threads_fit_at_the_same_time(void **state)
{
    enum { THREADS = 2 };
    static struct work work[THREADS], alone;
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        work[i] = (struct work){0};
        example_begin(&work[i].example, ROWS);
        work[i].example.task.seed = (uint64_t)i;
        assert_int_equal(pthread_create(&threads[i], NULL, fit_thrice, &work[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        alone = (struct work){0};
        example_begin(&alone.example, ROWS);
        alone.example.task.seed = (uint64_t)i;
        assert_int_equal(fit(&alone.example, &alone.result), 0);
        assert_int_equal(work[i].error, 0);
        assert_same(&work[i].result, &alone.result);
        free(work[i].result.payload);
        free(alone.result.payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_what_no_line_can),
        cmocka_unit_test(takes_every_option),
        cmocka_unit_test(holds_out_whole_migrations),
        cmocka_unit_test(a_constant_feature_changes_nothing),
        cmocka_unit_test(nothing_to_learn_is_the_mean),
        cmocka_unit_test(any_scale_of_targets),
        cmocka_unit_test(refuses_what_it_cannot_fit),
        cmocka_unit_test(notices_another_variant_of_fann),
        cmocka_unit_test(leaves_rand_alone),
        cmocka_unit_test(prints_nothing),
        cmocka_unit_test(same_task_same_bytes),
        cmocka_unit_test(no_locale_matters),
        cmocka_unit_test(threads_fit_at_the_same_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
