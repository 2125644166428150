/* SPDX-License-Identifier: MIT */
/* Training: what is chosen, what is refused, that it is always the same, and trainers from outside.
 */
#include "truths.h"

#include <errno.h>

#include <precopyml-predictor.h>

#include "choose.h"
#include "trainer.h"

/* ---- Choosing ---- */

/* The choice is the least of the scores, and the provenance has all of them. */
static void test_knn_is_cross_validated(void **state)
{
    precopyml_train_dataset *dataset = power_law(60, 10);
    struct recipe recipe = {.trainer = trainer_find("knn"),
                            .target = PRECOPYML_TARGET_DOWNTIME,
                            .features = {.count = 2, .id = {sizes[0], sizes[1]}},
                            .seed = 3};
    struct options_left left = {.mode = PRECOPYML_TRAIN_AUTO, .folds = 5};
    struct ticker ticker = {0};
    struct selection selection;
    struct choice choice;

    (void)state;
    assert_int_equal(hyper_parse(recipe.trainer, NULL, &left.fixed), 0);
    assert_int_equal(selection_make(dataset, recipe.target, NULL, &selection), 0);
    recipe.overhead_rows = &selection;
    assert_int_equal(
        choose(dataset, &recipe, &left, selection.row, selection.count, &ticker, &choice), 0);
    assert_int_equal(choice.count, 2 * hyper_combinations(recipe.trainer, &left.fixed));
    assert_int_equal(ticker.done, choose_steps(&recipe, &left));
    for (size_t i = 0; i < choice.count; i++) {
        assert_true(isfinite(choice.candidate[i].score));
        assert_true(choice.candidate[choice.best].score <= choice.candidate[i].score);
    }
    assert_true(recipe.hyper.value[0] == choice.candidate[choice.best].hyper.value[0]);
    assert_true(recipe.log_residual == choice.candidate[choice.best].log_residual);
    choice_free(&choice);
    selection_free(&selection);
    precopyml_train_dataset_free(&dataset);
}

/* Downtime that has nothing to do with physics is best forecast plainly, and the reverse. */
static void test_mode_is_chosen(void **state)
{
    struct text text;
    struct precopyml_train_options options = options_for("linear");
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    static const uint32_t throttle[] = {PRECOPYML_FEATURE_THROTTLE};
    precopyml_train_dataset *detached, *bound = power_law(50, 0);
    uint32_t seed = 1;
    precopyml_model *model;

    (void)state;
    text_begin(&text, HEADER);
    for (int i = 0; i < 50; i++)
        fprintf(text.stream, "m%d,%.17g,1e8,%d,1,%.17g,,,events\n", i, 1e6 * exp(6 * noise(&seed)),
                i, 0.2 + 0.01 * i);
    detached = text_load(&text);
    options.features = throttle;
    options.feature_count = 1;
    model = train(detached, &options);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_int_equal(info.log_residual, 0);
    precopyml_model_unref(&model);
    options.features = sizes;
    options.feature_count = 2;
    model = train(bound, &options);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_int_equal(info.log_residual, 1);
    assert_non_null(strstr(info.provenance, "\"mode\":\"plain\",\"options\":{\"loss\":"));
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&detached);
    precopyml_train_dataset_free(&bound);
}

static void test_default_features(void **state)
{
    precopyml_train_dataset *dataset = power_law(30, 0);
    struct precopyml_train_options options = options_for("knn");
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    precopyml_model *model;

    (void)state;
    options.hyperparameters = "k=3,weighting=distance";
    model = train(dataset, &options);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_int_equal(info.feature_count, 2); /* of the five, those in the data */
    assert_non_null(strstr(info.provenance,
                           "\"options\":{\"k\":3,\"weighting\":\"distance\",\"rows\":100000}"));
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&dataset);
}

static void test_all_targets(void **state)
{
    precopyml_train_dataset *dataset = late_starts();
    struct precopyml_train_options options = options_for("knn");
    precopyml_model *model;

    (void)state;
    options.targets = (1u << PRECOPYML_TARGET_COUNT) - 1;
    options.mode = PRECOPYML_TRAIN_PLAIN;
    options.hyperparameters = "k=1,weighting=uniform";
    model = train(dataset, &options);
    assert_within(predict(model, PRECOPYML_TARGET_DOWNTIME, 2e6, bandwidth, 0),
                  2e6 / bandwidth + overhead, 1e-9);
    assert_within(predict(model, PRECOPYML_TARGET_REMAINING_TIME, 2e6, bandwidth, 0),
                  2e6 / bandwidth + 0.5 + overhead, 1e-9);
    assert_true(predict(model, PRECOPYML_TARGET_DOWNTIME_NEXT, 1e9, bandwidth, 0) > 0);
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&dataset);
}

/* ---- Always the same ---- */

static void test_same_bytes(void **state)
{
    precopyml_train_dataset *dataset = power_law(80, 10);
    struct precopyml_train_options options = options_for("knn");
    void *first, *second, *other;
    size_t length, second_length, other_length;

    (void)state;
    assert_int_equal(precopyml_train_model(dataset, &options, &first, &length), 0);
    assert_int_equal(precopyml_train_model(dataset, &options, &second, &second_length), 0);
    assert_int_equal(length, second_length);
    assert_memory_equal(first, second, length);
    options.seed = 2;
    assert_int_equal(precopyml_train_model(dataset, &options, &other, &other_length), 0);
    assert_true(other_length != length || memcmp(first, other, length) != 0);
    free(first);
    free(second);
    free(other);
    precopyml_train_dataset_free(&dataset);
}

static void test_same_bytes_in_any_locale(void **state)
{
    struct precopyml_train_options options = options_for("knn");
    precopyml_train_dataset *dataset = power_law(80, 10);
    void *here, *there;
    size_t length, length_there;

    (void)state;
    assert_int_equal(precopyml_train_model(dataset, &options, &here, &length), 0);
    enter_comma_locale();
    assert_int_equal(precopyml_train_model(dataset, &options, &there, &length_there), 0);
    leave_locale();
    assert_int_equal(length, length_there);
    assert_memory_equal(here, there, length);
    free(here);
    free(there);
    precopyml_train_dataset_free(&dataset);
}

/* ---- Refusals ---- */

static void assert_refused(const precopyml_train_dataset *dataset,
                           const struct precopyml_train_options *options, int code,
                           const char *message)
{
    void *bytes = &bytes;
    size_t length = 1;

    assert_int_equal(precopyml_train_model(dataset, options, &bytes, &length), code);
    assert_null(bytes);
    assert_int_equal(length, 0);
    if (!strstr(precopyml_train_error_message(), message))
        fail_msg("\"%s\" does not say \"%s\"", precopyml_train_error_message(), message);
}

static void test_refuses_options(void **state)
{
    static const struct {
        const char *predictor, *hyperparameters;
        int code;
        const char *message;
    } bad[] = {
        {NULL, NULL, -EINVAL, "no predictor"},
        {"oracle", NULL, -ENOTSUP, "\"oracle\""},
        {"knn", "k=0", -EINVAL, "option k: \"0\" is not a whole number from 1 to 64"},
        {"knn", "k=2.5", -EINVAL, "option k"},
        {"knn", "k=nan", -EINVAL, "option k"},
        {"knn", "k=1,k=2", -EINVAL, "given twice"},
        {"knn", "k", -EINVAL, "no value"},
        {"knn", "", -EINVAL, "no option \"\""},
        {"knn", "neighbours=3", -EINVAL, "no option \"neighbours\""},
        {"knn", "weighting=random", -EINVAL, "option weighting: \"random\""},
        {"physics", "k=3", -EINVAL, "no option \"k\""},
    };
    precopyml_train_dataset *dataset = power_law(10, 0);
    struct precopyml_train_options options;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        options = options_for(bad[i].predictor);
        options.hyperparameters = bad[i].hyperparameters;
        assert_refused(dataset, &options, bad[i].code, bad[i].message);
    }
    options = options_for("physics");
    options.targets = 0;
    assert_refused(dataset, &options, -EINVAL, "target");
    options.targets = 1u << PRECOPYML_TARGET_COUNT;
    assert_refused(dataset, &options, -EINVAL, "target");
    options = options_for("physics");
    options.folds = 1;
    assert_refused(dataset, &options, -EINVAL, "folds");
    options = options_for("physics");
    options.size = 4;
    assert_refused(dataset, &options, -EINVAL, "size");
    assert_refused(dataset, NULL, -EINVAL, "size");
    precopyml_train_dataset_free(&dataset);
}

/* An older caller's shorter struct means the defaults, a newer one's tail must be zero. */
static void test_sized_options(void **state)
{
    precopyml_train_dataset *dataset = power_law(10, 0);
    struct {
        struct precopyml_train_options options;
        uint64_t tail;
    } newer = {options_for("physics"), 0};
    void *bytes;
    size_t length;

    (void)state;
    newer.options.size = sizeof newer;
    assert_int_equal(precopyml_train_model(dataset, &newer.options, &bytes, &length), 0);
    free(bytes);
    newer.tail = 1;
    assert_refused(dataset, &newer.options, -E2BIG, "size");
    newer.options.size = offsetof(struct precopyml_train_options, targets);
    assert_int_equal(precopyml_train_model(dataset, &newer.options, &bytes, &length), 0);
    free(bytes);
    precopyml_train_dataset_free(&dataset);
}

static void test_refuses_data(void **state)
{
    static const uint32_t lambda[] = {PRECOPYML_FEATURE_LAMBDA};
    static const uint32_t twice[] = {PRECOPYML_FEATURE_VCPUS, PRECOPYML_FEATURE_VCPUS};
    precopyml_train_dataset *dataset = power_law(10, 0), *single = power_law(1, 0), *holes;
    struct precopyml_train_options options = options_for("linear");
    struct text text;

    (void)state;
    text_begin(&text, HEADER);
    options.features = lambda;
    options.feature_count = 1;
    assert_refused(dataset, &options, -EBADMSG, "test.csv:1: no column \"lambda\"");
    options.features = twice;
    options.feature_count = 2;
    assert_refused(dataset, &options, -EINVAL, "twice");
    options = options_for("linear");
    options.targets = 1u << PRECOPYML_TARGET_REMAINING_TIME;
    assert_refused(dataset, &options, -ENODATA, "no row has a remaining_time");
    options = options_for("knn");
    assert_refused(single, &options, -ENODATA, "one migration");
    fprintf(text.stream, "a,1e6,1e8,0,1,0.5,,,events\nb,1e6,,0,1,0.5,,,events\n");
    holes = text_load(&text);
    options.features = sizes;
    options.feature_count = 1;
    assert_refused(holes, &options, -EBADMSG, "test.csv:3: column switchover_bandwidth");
    precopyml_train_dataset_free(&dataset);
    precopyml_train_dataset_free(&single);
    precopyml_train_dataset_free(&holes);
}

/* With nothing to choose, one migration is enough. */
static void test_one_migration(void **state)
{
    precopyml_train_dataset *single = power_law(1, 0);
    struct precopyml_train_options options = options_for("knn");
    precopyml_model *model;

    (void)state;
    options.mode = PRECOPYML_TRAIN_LOG_RESIDUAL;
    options.hyperparameters = "k=5,weighting=uniform";
    model = train(single, &options);
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&single);
}

/* ---- A predictor from outside ---- */

static int mean_load(const void *payload, size_t length, size_t feature_count, void **state)
{
    (void)feature_count;
    *state = (void *)payload;
    return length == sizeof(double) ? 0 : -EBADMSG;
}

static int mean_predict(const void *state, void *scratch, const double *x, double *value,
                        double *spread)
{
    (void)scratch;
    (void)x;
    (void)spread;
    memcpy(value, state, sizeof *value);
    return 0;
}

static const struct precopyml_predictor_ops mean_predictor = {
    PRECOPYML_PREDICTOR_OPS_INIT, "mean", "the mean", mean_load, NULL, mean_predict, NULL};

static int mean_fit(const struct precopyml_trainer_task *task,
                    struct precopyml_trainer_result *result)
{
    double *payload = malloc(sizeof *payload);
    double sum = 0;

    if (!payload)
        return -ENOMEM;
    for (size_t i = 0; i < task->rows; i++)
        sum += task->y[i];
    *payload = sum / (double)task->rows * task->option[0];
    result->payload = payload;
    result->length = sizeof *payload;
    return 0;
}

static const double factors[] = {2, 1};
static const struct precopyml_trainer_option mean_options[] = {
    {.name = "factor", .meaning = "times", .max = 9, .grid = factors, .grid_count = 2},
    {.name = NULL},
};
static const struct precopyml_trainer_ops mean_trainer = {.size = PRECOPYML_TRAINER_OPS_INIT,
                                                          .name = "mean",
                                                          .summary = "takes the mean",
                                                          .options = mean_options,
                                                          .fit = mean_fit};

static void test_registered(void **state)
{
    struct precopyml_trainer_ops bad = mean_trainer;
    precopyml_train_dataset *dataset = late_starts();
    struct precopyml_train_options options = options_for("mean");
    precopyml_model *model;
    size_t count = 0;

    (void)state;
    bad.fit = NULL;
    assert_int_equal(precopyml_trainer_register(&bad), -EINVAL);
    assert_int_equal(precopyml_trainer_register(NULL), -EINVAL);
    assert_int_equal(precopyml_trainer_register(&mean_trainer), 0);
    assert_int_equal(precopyml_trainer_register(&mean_trainer), -EEXIST);
    while (precopyml_trainer_at(count))
        count++;
    assert_ptr_equal(precopyml_trainer_at(count - 1), &mean_trainer);
    options.mode = PRECOPYML_TRAIN_PLAIN;
    assert_refused(dataset, &options, -ENOTSUP, "unknown predictor 'mean'");
    assert_int_equal(precopyml_predictor_register(&mean_predictor), 0);
    model = train(dataset, &options);
    assert_within(predict(model, PRECOPYML_TARGET_DOWNTIME, 2e7, bandwidth, 0),
                  21e6 / bandwidth + overhead + 11.0 / 41,
                  1e-9); /* the factor 1, not 2, was chosen */
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knn_is_cross_validated),
        cmocka_unit_test(test_mode_is_chosen),
        cmocka_unit_test(test_default_features),
        cmocka_unit_test(test_all_targets),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_same_bytes_in_any_locale),
        cmocka_unit_test(test_refuses_options),
        cmocka_unit_test(test_sized_options),
        cmocka_unit_test(test_refuses_data),
        cmocka_unit_test(test_one_migration),
        cmocka_unit_test(test_registered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
