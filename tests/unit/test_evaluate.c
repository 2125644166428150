/* SPDX-License-Identifier: MIT */
/* Evaluation: nobody is tested on what it has seen, and references are what they say. */
#include "own_predictor.h"
#include "tables.h"

#include <errno.h>

#define HEADER "migration,remaining,switchover_bandwidth,expected_downtime,downtime,downtime_source"

/* The downtime of migration i, by the built-in physics. */
static double physics_downtime(int i)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    precopyml_model *builtin;

    assert_int_equal(precopyml_model_builtin(&builtin), 0);
    precopyml_model_info(builtin, PRECOPYML_TARGET_DOWNTIME, &info);
    precopyml_model_unref(&builtin);
    return 1e6 * (i + 1) / 104857600 + info.overhead; /* over PHYSICS_LINK */
}

/* Downtime is exactly what the built-in physics says; QEMU expects twice as much. */
static precopyml_train_dataset *exact_physics(int migrations)
{
    struct text text;

    text_begin(&text, HEADER ",bandwidth_recent");
    for (int i = 0; i < migrations; i++) {
        double downtime = physics_downtime(i);

        for (int row = 0; row < 3; row++)
            fprintf(text.stream, "m%d,%d,104857600,%.17g,%.17g,events,52428800\n", i,
                    1000000 * (i + 1), 2 * downtime, downtime);
    }
    return text_load(&text);
}

static precopyml_train_report *evaluate(const precopyml_train_dataset *dataset,
                                        const struct precopyml_train_evaluate_options *options)
{
    precopyml_train_report *report = NULL;

    if (precopyml_train_evaluate(dataset, options, &report) != 0)
        fail_msg("%s", precopyml_train_error_message());
    return report;
}

static const struct precopyml_train_score *score_of(const precopyml_train_report *report,
                                                    uint32_t contender, const char *name)
{
    const struct precopyml_train_score *score;

    for (size_t i = 0; (score = precopyml_train_report_score(report, i)) != NULL; i++) {
        if (score->contender == contender && strcmp(score->name, name) == 0)
            return score;
    }
    return NULL;
}

static double value(const struct precopyml_train_score *score, enum precopyml_train_metric metric)
{
    assert_non_null(score);
    return score->metric[metric].value;
}

static void test_references(void **state)
{
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    precopyml_train_dataset *dataset = exact_physics(40);
    const struct precopyml_train_score *physics, *qemu, *naive, *constant, *fitted;
    precopyml_train_report *report;
    unsigned long_migrations = 0;

    (void)state;
    for (int i = 0; i < 40; i++)
        long_migrations += physics_downtime(i) >= 0.2;
    report = evaluate(dataset, &options);
    physics = score_of(report, PRECOPYML_TRAIN_REFERENCE, "physics");
    qemu = score_of(report, PRECOPYML_TRAIN_REFERENCE, "qemu");
    naive = score_of(report, PRECOPYML_TRAIN_REFERENCE, "naive");
    constant = score_of(report, PRECOPYML_TRAIN_REFERENCE, "constant");
    fitted = score_of(report, PRECOPYML_TRAIN_PREDICTOR, "physics");
    assert_true(value(physics, PRECOPYML_TRAIN_MAE) < 1e-12);
    assert_true(value(fitted, PRECOPYML_TRAIN_MAE) < 1e-12);
    assert_true(fabs(value(qemu, PRECOPYML_TRAIN_MEDIAN_APE) - 1) < 1e-9);
    assert_true(fabs(value(qemu, PRECOPYML_TRAIN_LOG_VS_PHYSICS) - log(2)) < 1e-9);
    /* On average over sizes of 1 to 40 MB: a link half as fast, and another overhead. */
    assert_true(fabs(value(naive, PRECOPYML_TRAIN_MAE) -
                     (20.5e6 / 104857600 + 0.045 - (physics_downtime(0) - 1e6 / 104857600))) <
                1e-9);
    assert_true(value(constant, PRECOPYML_TRAIN_MAE) > 0.05);
    assert_true(value(constant, PRECOPYML_TRAIN_R2) < 0.1);
    assert_int_equal(physics->rows, 120);
    assert_int_equal(physics->migrations, 40);
    assert_int_equal(physics->long_rows, 3 * long_migrations);
    assert_non_null(score_of(report, PRECOPYML_TRAIN_PREDICTOR, "knn"));
    assert_non_null(score_of(report, PRECOPYML_TRAIN_PREDICTOR, "linear"));
    precopyml_train_report_free(&report);
    assert_null(report);
    precopyml_train_dataset_free(&dataset);
}

/*
 * Each migration has its own downtime, on all of its rows. The nearest neighbour would know it
 * exactly if any row of the same migration were left in the training folds.
 */
static void test_nothing_leaks(void **state)
{
    static const char *const knn[] = {"knn"};
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    struct text text;
    const struct precopyml_train_score *score;
    precopyml_train_report *report;
    precopyml_train_dataset *dataset;
    uint32_t seed = 5;

    (void)state;
    text_begin(&text, HEADER);
    for (int i = 0; i < 30; i++) {
        double remaining = 1e6 * exp(4 * noise(&seed)), downtime = exp(3 * noise(&seed));

        for (int row = 0; row < 4; row++)
            fprintf(text.stream, "m%d,%.17g,1e8,,%.17g,events\n", i, remaining, downtime);
    }
    dataset = text_load(&text);
    options.predictors = knn;
    options.predictor_count = 1;
    report = evaluate(dataset, &options);
    score = score_of(report, PRECOPYML_TRAIN_PREDICTOR, "knn");
    assert_true(value(score, PRECOPYML_TRAIN_MEDIAN_APE) > 0.1);
    assert_true(value(score, PRECOPYML_TRAIN_R2) < 0.5);
    assert_null(score_of(report, PRECOPYML_TRAIN_PREDICTOR, "linear"));
    assert_null(score_of(report, PRECOPYML_TRAIN_REFERENCE, "qemu")); /* it told nothing */
    precopyml_train_report_free(&report);
    precopyml_train_dataset_free(&dataset);
}

static void test_same_scores(void **state)
{
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    precopyml_train_dataset *dataset = exact_physics(20);
    precopyml_train_report *first, *second;
    const struct precopyml_train_score *a, *b;

    (void)state;
    options.draws = 50;
    first = evaluate(dataset, &options);
    second = evaluate(dataset, &options);
    for (size_t i = 0; (a = precopyml_train_report_score(first, i)) != NULL; i++) {
        b = precopyml_train_report_score(second, i);
        assert_non_null(b);
        assert_string_equal(a->name, b->name);
        assert_memory_equal(a->metric, b->metric, sizeof a->metric);
    }
    precopyml_train_report_free(&first);
    precopyml_train_report_free(&second);
    precopyml_train_dataset_free(&dataset);
}

static void keep_note(enum precopyml_log_level level, const char *message, void *opaque)
{
    (void)level;
    strncat(opaque, message, 900 - strlen(opaque));
}

static void test_model(void **state)
{
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    struct precopyml_train_options training = PRECOPYML_TRAIN_OPTIONS_INIT;
    precopyml_train_dataset *dataset = exact_physics(20), *other = exact_physics(19);
    precopyml_train_report *report;
    char notes[1000] = "";
    void *bytes;
    size_t length;

    (void)state;
    training.predictor = "knn";
    training.hyperparameters = "k=1,weighting=uniform";
    assert_int_equal(precopyml_train_model(dataset, &training, &bytes, &length), 0);
    assert_int_equal(precopyml_model_load_memory(bytes, length, &options.model), 0);
    free(bytes);
    options.log = keep_note;
    options.log_opaque = notes;
    report = evaluate(other, &options);
    assert_string_equal(notes, "");
    precopyml_train_report_free(&report);
    report = evaluate(dataset, &options);
    assert_non_null(strstr(notes, "trained on these very data"));
    assert_true(value(score_of(report, PRECOPYML_TRAIN_MODEL, "knn"), PRECOPYML_TRAIN_MAE) < 1e-9);
    assert_null(score_of(report, PRECOPYML_TRAIN_PREDICTOR, "knn"));
    precopyml_train_report_free(&report);
    precopyml_model_unref(&options.model);
    precopyml_train_dataset_free(&dataset);
    precopyml_train_dataset_free(&other);
}

/* A forecast that falls below zero is refused; physics stands in, so that the row still counts. */
static void test_refused(void **state)
{
    static const char *const linear[] = {"linear"};
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    struct text text;
    const struct precopyml_train_score *score;
    precopyml_train_report *report;
    precopyml_train_dataset *dataset;

    (void)state;
    text_begin(&text, HEADER);
    /* Steep, with a tail that a straight line in log(remaining) takes below zero. */
    for (int i = 0; i < 40; i++)
        fprintf(text.stream, "m%d,%.17g,1e8,,%.17g,events\n", i, 1e4 * exp(0.25 * i),
                1e4 * exp(0.25 * i) / 1e8);
    dataset = text_load(&text);
    options.predictors = linear;
    options.predictor_count = 1;
    options.mode = PRECOPYML_TRAIN_PLAIN;
    report = evaluate(dataset, &options);
    score = score_of(report, PRECOPYML_TRAIN_PREDICTOR, "linear");
    assert_non_null(score);
    assert_true(score->refused > 0);
    assert_int_equal(score->rows, 40);
    precopyml_train_report_free(&report);
    precopyml_train_dataset_free(&dataset);
}

static void assert_refuses(const precopyml_train_dataset *dataset,
                           const struct precopyml_train_evaluate_options *options, int code)
{
    precopyml_train_report *report = (precopyml_train_report *)&report;

    assert_int_equal(precopyml_train_evaluate(dataset, options, &report), code);
    assert_null(report);
    assert_true(strlen(precopyml_train_error_message()) > 0);
}

/* One that cannot be fitted does not keep the others from being scored; alone it is an error. */
static void test_broken_is_left_out(void **state)
{
    static const char *const both[] = {"broken", "linear"}, *const misspelt[] = {"linear",
                                                                                 "lineal"};
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    precopyml_train_dataset *dataset = exact_physics(20);
    precopyml_train_report *report;
    char notes[1000] = "";

    (void)state;
    assert_int_equal(precopyml_trainer_register(&broken_trainer), 0);
    options.predictors = both;
    options.predictor_count = 2;
    options.log = keep_note;
    options.log_opaque = notes;
    report = evaluate(dataset, &options);
    assert_null(score_of(report, PRECOPYML_TRAIN_PREDICTOR, "broken"));
    assert_non_null(score_of(report, PRECOPYML_TRAIN_PREDICTOR, "linear"));
    assert_non_null(strstr(notes, "broken is left out: "));
    precopyml_train_report_free(&report);
    options.predictor_count = 1;
    assert_refuses(dataset, &options, -EINVAL);
    options.predictors = misspelt;
    options.predictor_count = 2;
    assert_refuses(dataset, &options, -ENOTSUP); /* a name that nobody knows is never left out */
    precopyml_train_dataset_free(&dataset);
}

static void test_refuses(void **state)
{
    static const char *const oracle[] = {"oracle"};
    const struct precopyml_train_evaluate_options defaults = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    struct precopyml_train_evaluate_options options = defaults;
    struct precopyml_train_options training = PRECOPYML_TRAIN_OPTIONS_INIT;
    precopyml_train_dataset *dataset = exact_physics(5), *single = exact_physics(1);
    void *bytes;
    size_t length;

    (void)state;
    options.predictors = oracle;
    options.predictor_count = 1;
    assert_refuses(dataset, &options, -ENOTSUP);
    options = defaults;
    options.target = PRECOPYML_TARGET_REMAINING_TIME;
    assert_refuses(dataset, &options, -EBADMSG); /* no such column */
    options.target = PRECOPYML_TARGET_COUNT;
    assert_refuses(dataset, &options, -EINVAL);
    options = defaults;
    options.confidence = 1;
    assert_refuses(dataset, &options, -EINVAL);
    options = defaults;
    options.folds = 0;
    assert_refuses(dataset, &options, -EINVAL);
    options = defaults;
    assert_refuses(single, &options, -ENODATA);
    assert_refuses(NULL, &options, -EINVAL);
    training.predictor = "physics";
    assert_int_equal(precopyml_train_model(dataset, &training, &bytes, &length), 0);
    assert_int_equal(precopyml_model_load_memory(bytes, length, &options.model), 0);
    free(bytes);
    options.target = PRECOPYML_TARGET_DOWNTIME_NEXT;
    assert_refuses(dataset, &options, -EBADMSG);
    precopyml_model_unref(&options.model);
    precopyml_train_dataset_free(&dataset);
    precopyml_train_dataset_free(&single);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),  cmocka_unit_test(test_nothing_leaks),
        cmocka_unit_test(test_same_scores), cmocka_unit_test(test_model),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_broken_is_left_out),
        cmocka_unit_test(test_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
