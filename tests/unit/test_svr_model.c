/* SPDX-License-Identifier: MIT */
/* svr and bagged-svr from table to model file: what they forecast, same bytes, what goes wrong. */
#include "truths.h"

#include <errno.h>

static const char *const predictors[] = {"svr", "bagged-svr"};

static struct precopyml_train_options options_of(const char *predictor)
{
    struct precopyml_train_options options = options_for(predictor);

    options.mode = PRECOPYML_TRAIN_LOG_RESIDUAL;
    options.features = sizes;
    options.feature_count = 2;
    return options;
}

/* Within the range trained on, for downtimes of 5 ms to 3 s. */
static double mean_error(const precopyml_model *model)
{
    double sum = 0;
    int count = 0;

    for (double remaining = 2e6; remaining < 3e8; remaining *= 1.3, count++) {
        double wanted = 0.5 * pow(remaining / bandwidth, 1.2);

        sum +=
            fabs(log(predict(model, PRECOPYML_TARGET_DOWNTIME, remaining, bandwidth, 10) / wanted));
    }
    return sum / count;
}

/* What physics lacks is a straight line in logarithms; some labels are fifty times too long. */
static void they_learn_what_physics_lacks(void **state)
{
    precopyml_train_dataset *dataset = power_law(200, 10);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct precopyml_train_options options = options_of(predictors[i]);
        precopyml_model *model = train(dataset, &options);
        double error = mean_error(model);

        if (!(error < 0.1))
            fail_msg("%s is off by a factor of exp(%g)", predictors[i], error);
        precopyml_model_unref(&model);
    }
    precopyml_train_dataset_free(&dataset);
}

static void the_file_is_the_same_in_every_locale(void **state)
{
    precopyml_train_dataset *dataset = power_law(60, 10);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct precopyml_train_options options = options_of(predictors[i]);
        void *plain = NULL, *comma = NULL;
        size_t plain_length, comma_length;

        assert_int_equal(precopyml_train_model(dataset, &options, &plain, &plain_length), 0);
        enter_comma_locale();
        assert_int_equal(precopyml_train_model(dataset, &options, &comma, &comma_length), 0);
        leave_locale();
        assert_int_equal(plain_length, comma_length);
        assert_memory_equal(plain, comma, plain_length);
        free(plain);
        free(comma);
    }
    precopyml_train_dataset_free(&dataset);
}

/* Labels that no spread fits: the message says what the predictor has against them. */
static void the_reason_of_a_refusal_is_told(void **state)
{
    struct precopyml_train_options options = options_of("svr");
    precopyml_train_dataset *dataset;
    struct text text;
    void *bytes = NULL;
    size_t length;

    (void)state;
    text_begin(&text, HEADER);
    for (int i = 0; i < 9; i++)
        fprintf(text.stream, "m%d,%d,1e8,0,1,%g,,,events\n", i, 1000000 + i,
                i == 4 ? 1e300 : 1e-9 + 1e-15 * i);
    dataset = text_load(&text);
    options.mode = PRECOPYML_TRAIN_PLAIN;
    options.hyperparameters = "C=1,epsilon=0.1,gamma=1";
    assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), -ERANGE);
    assert_non_null(strstr(precopyml_train_error_message(), "outputs too far apart"));
    assert_null(bytes);
    precopyml_train_dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_learn_what_physics_lacks),
        cmocka_unit_test(the_file_is_the_same_in_every_locale),
        cmocka_unit_test(the_reason_of_a_refusal_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
