/* SPDX-License-Identifier: MIT */
/* Predictors by name: the built-in ones, and those that a program brings along. */
#include "models.h"

#include <errno.h>
#include <stdio.h>

#include "registry.h"

enum { REGISTERED_MAX = 32 };

/* Says the weight in its payload times x[0], by way of scratch memory, and counts its states. */
static int states;

static int echo_load(const void *payload, size_t length, size_t feature_count, void **state)
{
    if (length != sizeof(double) || feature_count != 1)
        return -EBADMSG;
    if ((uintptr_t)payload % 8 != 0)
        return -EBADMSG;
    states++;
    *(const void **)state = payload; /* stays valid: no copy needed */
    return 0;
}

static size_t echo_scratch_size(const void *state)
{
    (void)state;
    return sizeof(double);
}

static int echo_predict(const void *state, void *scratch, const double *x, double *value,
                        double *spread)
{
    double *product = scratch;

    assert_true(isnan(*spread));
    *product = *(const double *)state * x[0];
    *value = *product;
    *spread = *product < 100.0 ? 0.5 : -0.5;
    return *product == 99.0 ? -EIO : 0;
}

static void echo_destroy(void *state)
{
    (void)state;
    states--;
}

static const struct precopyml_predictor_ops echo = {PRECOPYML_PREDICTOR_OPS_INIT,
                                                    "echo",
                                                    "for tests",
                                                    echo_load,
                                                    echo_scratch_size,
                                                    echo_predict,
                                                    echo_destroy};

static void builtin_predictors_are_listed(void **state)
{
    size_t i = 0;

    (void)state;
    for (; precopyml_predictor_name(i); i++) {
        assert_ptr_equal(registry_find(precopyml_predictor_name(i))->name,
                         precopyml_predictor_name(i));
        assert_true(strlen(precopyml_predictor_summary(i)) > 0);
    }
    assert_true(i > 0);
    assert_null(precopyml_predictor_summary(i));
    assert_null(precopyml_predictor_name((size_t)-1));
    assert_null(registry_find("oracle"));
    assert_null(registry_find(""));
}

static void malformed_ops_are_refused(void **state)
{
    static const char *const names[] = {"",
                                        "Echo",
                                        "an echo",
                                        "echo_",
                                        NULL,
                                        "a-name-of-over-thirty-one-bytes!",
                                        "a-name-of-thirty-two-bytes-is-to"};
    struct {
        struct precopyml_predictor_ops ops;
        void *newer;
    } longer = {echo, NULL};
    struct precopyml_predictor_ops ops;

    (void)state;
    assert_int_equal(precopyml_predictor_register(NULL), -EINVAL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ops = echo;
        ops.name = names[i];
        assert_int_equal(precopyml_predictor_register(&ops), -EINVAL);
    }
    ops = echo;
    ops.size--;
    assert_int_equal(precopyml_predictor_register(&ops), -EINVAL);
    ops = echo;
    ops.load = NULL;
    assert_int_equal(precopyml_predictor_register(&ops), -EINVAL);
    ops = echo;
    ops.predict = NULL;
    assert_int_equal(precopyml_predictor_register(&ops), -EINVAL);
    ops = echo;
    ops.summary = NULL;
    assert_int_equal(precopyml_predictor_register(&ops), -EINVAL);
    longer.ops.size = sizeof longer;
    longer.newer = &longer;
    assert_int_equal(precopyml_predictor_register(&longer.ops), -E2BIG);
    ops = echo;
    ops.name = "physics";
    assert_int_equal(precopyml_predictor_register(&ops), -EEXIST);
    assert_null(registry_find("echo"));
}

static struct precopyml_model *echo_model(double weight, bool log_residual)
{
    static const struct feature_spec feature = {"iteration", "1", MODEL_IDENTITY, 0, 1, 1, 1000};
    const struct head_spec head = {.target = "downtime",
                                   .predictor = "echo",
                                   .log_residual = log_residual,
                                   .features = &feature,
                                   .feature_count = 1,
                                   .payload = &weight,
                                   .payload_length = sizeof weight};
    const struct model_spec spec = {0.04, "{}", &head, 1};

    return model_of(&spec);
}

static void a_programs_own_predictor_is_used(void **state)
{
    struct precopyml_features features = some_features();
    struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;
    precopyml_model *model;
    double scratch;

    (void)state;
    assert_int_equal(precopyml_predictor_register(&echo), 0);
    assert_int_equal(precopyml_predictor_register(&echo), -EEXIST);
    model = echo_model(2.0, false);
    assert_int_equal(states, 1);
    assert_int_equal(precopyml_model_scratch_size(model), sizeof scratch);
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0,
                                             &scratch, &estimate),
                     0);
    assert_true(estimate.value == 6.0 && estimate.spread == 0.5);
    assert_int_equal(
        precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, NULL, &estimate),
        -EINVAL);
    set(&features, PRECOPYML_FEATURE_ITERATION, 60); /* its spread makes no sense */
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0,
                                             &scratch, &estimate),
                     0);
    assert_true(estimate.value == 120.0 && isnan(estimate.spread));
    set(&features, PRECOPYML_FEATURE_ITERATION, 49.5); /* its error is none of the library's */
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0,
                                             &scratch, &estimate),
                     -ERANGE);
    precopyml_model_unref(&model);
    assert_int_equal(states, 0);
}

/* exp() would make a forecast of 0 s of it. */
static void a_predictor_that_says_minus_infinity_is_not_believed(void **state)
{
    struct precopyml_features features = some_features();
    struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;
    precopyml_model *model = echo_model(-INFINITY, true);
    double scratch;

    (void)state;
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0,
                                             &scratch, &estimate),
                     -ERANGE);
    precopyml_model_unref(&model);
}

static void there_is_room_for_so_many(void **state)
{
    static struct precopyml_predictor_ops more[REGISTERED_MAX];
    static char names[REGISTERED_MAX][16];
    size_t listed = 0;

    (void)state;
    for (int i = 0; i < REGISTERED_MAX; i++) {
        snprintf(names[i], sizeof names[i], "more-%d", i);
        more[i] = echo;
        more[i].name = names[i];
        assert_int_equal(precopyml_predictor_register(&more[i]),
                         i < REGISTERED_MAX - 1 ? 0 : -ENOSPC); /* echo is there already */
    }
    while (precopyml_predictor_name(listed))
        listed++;
    assert_string_equal(precopyml_predictor_name(listed - 1), names[REGISTERED_MAX - 2]);
    assert_ptr_equal(registry_find("more-7"), &more[7]);
    assert_ptr_equal(registry_find("echo"), &echo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builtin_predictors_are_listed),
        cmocka_unit_test(malformed_ops_are_refused),
        cmocka_unit_test(a_programs_own_predictor_is_used),
        cmocka_unit_test(a_predictor_that_says_minus_infinity_is_not_believed),
        cmocka_unit_test(there_is_room_for_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
