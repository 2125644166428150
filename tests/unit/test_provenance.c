/* SPDX-License-Identifier: MIT */
/* What a model says of its own making: every choice, and every score that it rests on. */
#include "truths.h"

#include <jansson.h>

#include "hyper.h"
#include "trainer.h"

static json_t *provenance_of(const precopyml_train_dataset *dataset,
                             const struct precopyml_train_options *options)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    precopyml_model *model = train(dataset, options);
    json_t *provenance;

    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    provenance = json_loads(info.provenance, 0, NULL);
    assert_non_null(provenance);
    precopyml_model_unref(&model);
    return provenance;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    assert_non_null(text);
    return text;
}

static double score_of(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    assert_true(json_is_number(number));
    return json_number_value(number);
}

/* All candidates are there; mode and options chosen are those of the first with the least score. */
static void check_target(const json_t *target, size_t candidates)
{
    const json_t *cv = json_object_get(target, "cv"), *candidate, *best = NULL;
    size_t i;

    assert_int_equal(json_array_size(cv), candidates);
    json_array_foreach(cv, i, candidate)
    {
        assert_true(json_is_integer(json_object_get(candidate, "refused")));
        if (!best || score_of(candidate, "score") < score_of(best, "score"))
            best = candidate;
    }
    assert_string_equal(text_of(target, "mode"), text_of(best, "mode"));
    assert_true(json_equal(json_object_get(target, "options"), json_object_get(best, "options")));
    assert_true(score_of(target, "cv_score") == score_of(best, "score"));
    assert_true(json_array_size(json_object_get(target, "features")) > 0);
}

static void test_every_score(void **state)
{
    static const char *const predictors[] = {"linear", "knn"};
    precopyml_train_dataset *dataset = late_starts();

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct precopyml_train_options options = options_for(predictors[p]);
        const struct precopyml_trainer_ops *trainer = trainer_find(predictors[p]);
        json_t *provenance, *targets;
        struct hyper open;

        options.targets = 1u << PRECOPYML_TARGET_DOWNTIME | 1u << PRECOPYML_TARGET_REMAINING_TIME;
        assert_int_equal(hyper_parse(trainer, NULL, &open), 0);
        provenance = provenance_of(dataset, &options);
        targets = json_object_get(provenance, "targets");
        assert_int_equal(json_array_size(targets), 2);
        for (size_t i = 0; i < 2; i++) {
            const json_t *target = json_array_get(targets, i);

            assert_string_equal(text_of(target, "predictor"), predictors[p]);
            assert_null(json_object_get(target, "auto"));
            check_target(target, 2 * hyper_combinations(trainer, &open));
        }
        json_decref(provenance);
    }
    precopyml_train_dataset_free(&dataset);
}

static void test_auto(void **state)
{
    struct precopyml_train_options options = options_for("auto:linear,knn");
    precopyml_train_dataset *dataset = power_law(60, 0);
    const json_t *target, *contest, *contenders, *physics;
    json_t *provenance;

    (void)state;
    provenance = provenance_of(dataset, &options);
    target = json_array_get(json_object_get(provenance, "targets"), 0);
    contest = json_object_get(target, "auto");
    contenders = json_object_get(contest, "contenders");
    physics = json_array_get(contenders, 0);
    assert_string_equal(text_of(provenance, "predictor"), "auto:linear,knn");
    assert_string_equal(text_of(target, "predictor"), text_of(contest, "picked"));
    assert_string_equal(text_of(physics, "predictor"), "physics");
    assert_int_equal(json_array_size(contenders), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *one = json_array_get(contenders, i);
        const json_t *difference = json_object_get(one, "minus_physics");

        assert_true(fabs(score_of(difference, "value") -
                         (score_of(one, "score") - score_of(physics, "score"))) < 1e-7);
        assert_true(json_is_true(json_object_get(one, "better_than_physics")) ==
                    (score_of(difference, "upper") < 0));
    }
    assert_true(score_of(contest, "confidence") == 0.95);
    assert_true(score_of(contest, "confidence_each") == 0.975);
    assert_string_not_equal(text_of(contest, "runner_up"), text_of(contest, "picked"));
    assert_true(json_is_boolean(json_object_get(contest, "better_than_runner_up")));
    json_decref(provenance);
    precopyml_train_dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_score),
        cmocka_unit_test(test_auto),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
