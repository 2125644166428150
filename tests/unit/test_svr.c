/* SPDX-License-Identifier: MIT */
/* Support vector regression as trained: what it learns, and that the same task gives its bytes. */
#include "svr_tasks.h"

#include <locale.h>
#include <pthread.h>

#include "bagged-svr_train.h"
#include "rbf.h"
#include "rbf_train.h"

/* Root of the mean squared error against the truth without noise, on inputs not trained on. */
static double error_of(const struct precopyml_predictor_ops *ops, const void *state)
{
    uint32_t seed = 77;
    double squares = 0;

    for (int i = 0; i < 500; i++) {
        double x[TASK_FEATURES], error, spread;

        for (size_t j = 0; j < TASK_FEATURES; j++)
            x[j] = sqrt(12) * (noise(&seed) - 0.5);
        error = forecast(ops, state, x, &spread) - (7.1 + 3 * sin(x[0]) + x[1] * x[2]);
        squares += error * error;
    }
    return sqrt(squares / 500);
}

static void both_learn_a_curve(void **state)
{
    const struct precopyml_trainer_ops *const trainer[] = {&trainer_svr, &trainer_bagged_svr};
    const struct precopyml_predictor_ops *const ops[] = {&predictor_svr, &predictor_bagged_svr};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct small_task small;
        struct precopyml_trainer_result result;
        double error;
        void *svr;

        small_task_init(&small, trainer[i], 1);
        result = fit_or_fail(trainer[i], &small.task);
        assert_string_equal(result.note, "");
        svr = state_of(ops[i], &result, TASK_FEATURES);
        error = error_of(ops[i], svr);
        if (!(error < 0.8)) /* the outputs' standard deviation is 2.3 */
            fail_msg("%s is off by %g", trainer[i]->name, error);
        ops[i]->destroy(svr);
        free(result.payload);
    }
}

/* Seconds or milliseconds, from zero or from a million: the same fit in other units. */
static void units_do_not_matter(void **state)
{
    struct small_task small, other;
    struct precopyml_trainer_result result, scaled;
    double x[TASK_FEATURES] = {0.5, -1, 1, 0}, spread;
    void *svr, *svr_scaled;

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    small_task_init(&other, &trainer_svr, 1);
    for (size_t i = 0; i < TASK_ROWS; i++)
        other.y[i] = 1024 * small.y[i] - 4096; /* exact but for the sum */
    result = fit_or_fail(&trainer_svr, &small.task);
    scaled = fit_or_fail(&trainer_svr, &other.task);
    svr = state_of(&predictor_svr, &result, TASK_FEATURES);
    svr_scaled = state_of(&predictor_svr, &scaled, TASK_FEATURES);
    assert_true(fabs(1024 * forecast(&predictor_svr, svr, x, &spread) - 4096 -
                     forecast(&predictor_svr, svr_scaled, x, &spread)) < 1024 * 0.01);
    predictor_svr.destroy(svr);
    predictor_svr.destroy(svr_scaled);
    free(result.payload);
    free(scaled.payload);
}

/* One label of a million spreads does not move the forecasts for the others. */
static void one_wild_label_is_survived(void **state)
{
    struct small_task small;
    struct precopyml_trainer_result result;
    void *svr;

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    small.y[17] = 1e6;
    result = fit_or_fail(&trainer_svr, &small.task);
    svr = state_of(&predictor_svr, &result, TASK_FEATURES);
    assert_true(error_of(&predictor_svr, svr) < 1);
    predictor_svr.destroy(svr);
    free(result.payload);
}

/* Trained with a feature that is always 3.25: forecasts are as if it were not there. */
static void constant_features_are_harmless(void **state)
{
    struct small_task small, without;
    struct precopyml_trainer_result result, fewer;
    double x[TASK_FEATURES] = {0.5, -1, 1, 3.25}, spread, value;
    void *svr, *svr_fewer;

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    small_task_init(&without, &trainer_svr, 1);
    without.task.feature_count = TASK_FEATURES - 1;
    for (size_t i = 0; i < TASK_ROWS; i++) {
        small.x[i * TASK_FEATURES + 3] = 3.25 + (i % 2 ? 1e-14 : 0); /* rounding */
        memcpy(without.x + i * (TASK_FEATURES - 1), small.x + i * TASK_FEATURES,
               (TASK_FEATURES - 1) * sizeof(double));
    }
    result = fit_or_fail(&trainer_svr, &small.task);
    fewer = fit_or_fail(&trainer_svr, &without.task);
    assert_same_fit(&result, &fewer);
    svr = state_of(&predictor_svr, &result, TASK_FEATURES);
    svr_fewer = state_of(&predictor_svr, &fewer, TASK_FEATURES - 1);
    value = forecast(&predictor_svr, svr, x, &spread);
    assert_true(value == forecast(&predictor_svr, svr_fewer, x, &spread));
    x[3] = -1e9;
    assert_true(forecast(&predictor_svr, svr, x, &spread) == value);
    predictor_svr.destroy(svr);
    predictor_svr.destroy(svr_fewer);
    free(result.payload);
    free(fewer.payload);
}

static double constant_fit(const struct precopyml_trainer_task *task)
{
    struct precopyml_trainer_result result = fit_or_fail(&trainer_svr, task);
    double x[TASK_FEATURES] = {9, 9, 9, 9}, spread, value;
    void *svr = state_of(&predictor_svr, &result, TASK_FEATURES);

    value = forecast(&predictor_svr, svr, x, &spread);
    predictor_svr.destroy(svr);
    free(result.payload);
    return value;
}

static void nothing_to_learn_is_a_constant(void **state)
{
    struct small_task small;

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    for (size_t i = 0; i < TASK_ROWS; i++)
        small.y[i] = 0.125;
    assert_true(constant_fit(&small.task) == 0.125); /* the outputs never change */
    for (size_t i = 0; i < TASK_ROWS; i++)
        small.y[i] = (double)i;
    memset(small.x, 0, sizeof small.x);
    assert_true(constant_fit(&small.task) == (TASK_ROWS - 1) / 2.0); /* the inputs never do */
}

static void few_rows_and_wide_outputs_are_refused(void **state)
{
    struct precopyml_trainer_result result = {.size = sizeof result};
    struct small_task small;

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    small.task.rows = 1;
    assert_int_equal(trainer_svr.fit(&small.task, &result), -ENODATA);
    small.task.rows = 3;
    small.y[0] = -1.7e308;
    small.y[1] = 1.7e308;
    small.y[2] = 0;
    assert_int_equal(trainer_svr.fit(&small.task, &result), -ERANGE);
    assert_string_equal(result.note, "outputs too far apart");
    assert_null(result.payload);
    small.task.rows = 2;
    small.y[0] = small.y[1] = 1;
    free(fit_or_fail(&trainer_svr, &small.task).payload);
}

/* ---- Same task, same bytes ---- */

static void a_locale_with_a_comma_changes_nothing(void **state)
{
    const struct precopyml_trainer_ops *const trainer[] = {&trainer_svr, &trainer_bagged_svr};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct small_task small;
        struct precopyml_trainer_result plain, again, comma;

        small_task_init(&small, trainer[i], 5);
        plain = fit_or_fail(trainer[i], &small.task);
        again = fit_or_fail(trainer[i], &small.task);
        if (!setlocale(LC_ALL, "de_DE.UTF-8"))
            print_message("# no locale with a decimal comma on this machine\n");
        comma = fit_or_fail(trainer[i], &small.task);
        setlocale(LC_ALL, "C");
        assert_same_fit(&plain, &again);
        assert_same_fit(&plain, &comma);
        free(plain.payload);
        free(again.payload);
        free(comma.payload);
    }
}

static void the_number_of_threads_changes_nothing(void **state)
{
    struct small_task small;
    struct precopyml_trainer_result one = {.size = sizeof one};

    (void)state;
    small_task_init(&small, &trainer_bagged_svr, 5);
    assert_int_equal(bagged_svr_fit(&small.task, &one, 1), 0);
    for (size_t threads = 0; threads < 100; threads = 3 * threads + 2) {
        struct precopyml_trainer_result many = {.size = sizeof many};

        assert_int_equal(bagged_svr_fit(&small.task, &many, threads), 0);
        assert_same_fit(&one, &many);
        free(many.payload);
    }
    free(one.payload);
}

static void another_seed_gives_other_bags(void **state)
{
    struct small_task small;
    struct precopyml_trainer_result first, second;

    (void)state;
    small_task_init(&small, &trainer_bagged_svr, 5);
    first = fit_or_fail(&trainer_bagged_svr, &small.task);
    small.task.seed++;
    second = fit_or_fail(&trainer_bagged_svr, &small.task);
    assert_false(first.length == second.length &&
                 memcmp(first.payload, second.payload, first.length) == 0);
    free(first.payload);
    free(second.payload);
}

struct training {
    struct small_task small;
    struct precopyml_trainer_result alone, together;
    int error;
};

static void *train_again(void *argument)
{
    struct training *training = argument;

    training->together = (struct precopyml_trainer_result){.size = sizeof training->together};
    training->error = trainer_svr.fit(&training->small.task, &training->together);
    return NULL;
}

static void trainings_at_the_same_time_do_not_meet(void **state)
{
    enum { THREADS = 4 };
    static struct training training[THREADS];
    pthread_t thread[THREADS];

    (void)state;
    for (uint32_t i = 0; i < THREADS; i++) {
        small_task_init(&training[i].small, &trainer_svr, 10 + i);
        training[i].alone = fit_or_fail(&trainer_svr, &training[i].small.task);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, train_again, &training[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(training[i].error, 0);
        assert_same_fit(&training[i].alone, &training[i].together);
        free(training[i].alone.payload);
        free(training[i].together.payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_learn_a_curve),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(one_wild_label_is_survived),
        cmocka_unit_test(constant_features_are_harmless),
        cmocka_unit_test(nothing_to_learn_is_a_constant),
        cmocka_unit_test(few_rows_and_wide_outputs_are_refused),
        cmocka_unit_test(a_locale_with_a_comma_changes_nothing),
        cmocka_unit_test(the_number_of_threads_changes_nothing),
        cmocka_unit_test(another_seed_gives_other_bags),
        cmocka_unit_test(trainings_at_the_same_time_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
