/* SPDX-License-Identifier: MIT */
/* The predictor "auto": what is clearly better wins, what could be luck does not. */
#include "own_predictor.h"
#include "truths.h"

#include <errno.h>

#include "contest.h"

static const uint32_t with_throttle[] = {PRECOPYML_FEATURE_REMAINING,
                                         PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH,
                                         PRECOPYML_FEATURE_THROTTLE};

/* How far off physics is, in turns of the throttle. */
typedef double (*factor_fn)(double throttle, uint32_t *seed);

static double waves(double throttle, uint32_t *seed)
{
    return exp(sin(throttle / 8) + 0.02 * (noise(seed) - 0.5));
}

static double slope(double throttle, uint32_t *seed)
{
    return exp(throttle / 50 + 0.05 * (noise(seed) - 0.5));
}

static double chance(double throttle, uint32_t *seed)
{
    (void)throttle;
    return exp(noise(seed) - 0.5);
}

static precopyml_train_dataset *off_by(factor_fn factor, int migrations, uint32_t seed)
{
    struct text text;

    text_begin(&text, HEADER);
    for (int i = 0; i < migrations; i++) {
        double remaining = 1e7 * exp(3 * noise(&seed)), throttle = floor(50 * noise(&seed));

        for (int row = 0; row < 2; row++)
            fprintf(text.stream, "m%d,%.17g,1e8,%g,4,%.17g,,,events\n", i, remaining, throttle,
                    (remaining / bandwidth + overhead) * factor(throttle, &seed));
    }
    return text_load(&text);
}

static struct precopyml_train_options auto_options(void)
{
    struct precopyml_train_options options = options_for("auto:linear,knn");

    options.features = with_throttle;
    options.feature_count = 3;
    return options;
}

static void keep_note(enum precopyml_log_level level, const char *message, void *opaque)
{
    (void)level;
    strncat(opaque, message, 900 - strlen(opaque));
}

/* Trains with "auto" and says what was picked; `said` is in the log, `recorded` in the provenance.
 */
static void assert_picks(const precopyml_train_dataset *dataset, const char *predictor,
                         const char *said, const char *recorded)
{
    struct precopyml_train_options options = auto_options();
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    char notes[1000] = "";
    precopyml_model *model;

    options.log = keep_note;
    options.log_opaque = notes;
    model = train(dataset, &options);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_string_equal(info.predictor, predictor);
    if (!strstr(notes, said))
        fail_msg("\"%s\" does not say \"%s\"", notes, said);
    if (!strstr(info.provenance, recorded))
        fail_msg("%s has no %s", info.provenance, recorded);
    precopyml_model_unref(&model);
}

static void test_knn_wins(void **state)
{
    precopyml_train_dataset *dataset = off_by(waves, 80, 1);

    (void)state;
    assert_picks(dataset, "knn", "downtime: knn picked", "\"auto\":{\"picked\":\"knn\"");
    precopyml_train_dataset_free(&dataset);
}

static void test_linear_wins(void **state)
{
    precopyml_train_dataset *dataset = off_by(slope, 80, 1);

    (void)state;
    assert_picks(dataset, "linear", "downtime: linear picked", "\"auto\":{\"picked\":\"linear\"");
    precopyml_train_dataset_free(&dataset);
}

static void test_physics_is_kept(void **state)
{
    precopyml_train_dataset *dataset = off_by(chance, 80, 1);

    (void)state;
    assert_picks(dataset, "physics", "downtime: physics kept", "\"auto\":{\"picked\":\"physics\"");
    precopyml_train_dataset_free(&dataset);
}

/* However much better on them: so few migrations may agree by chance. */
static void test_few_migrations(void **state)
{
    precopyml_train_dataset *dataset = off_by(slope, 6, 1);

    (void)state;
    assert_picks(dataset, "physics", "downtime: physics kept", "\"better_than_physics\":false");
    precopyml_train_dataset_free(&dataset);
}

/* One that cannot be fitted does not keep the others from competing. */
static void test_broken_is_left_out(void **state)
{
    struct precopyml_train_options options = auto_options();
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    precopyml_train_dataset *dataset = off_by(slope, 60, 1);
    char notes[1000] = "";
    precopyml_model *model;

    (void)state;
    assert_int_equal(precopyml_trainer_register(&broken_trainer), 0);
    options.predictor = "auto:broken,linear";
    options.log = keep_note;
    options.log_opaque = notes;
    model = train(dataset, &options);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_string_equal(info.predictor, "linear");
    assert_non_null(strstr(notes, "downtime: broken left out: predictor broken: cannot fit"));
    assert_non_null(strstr(info.provenance, "{\"predictor\":\"broken\",\"fitted\":false}"));
    assert_non_null(strstr(info.provenance, "\"confidence_each\":0.95,")); /* one learned */
    precopyml_model_unref(&model);
    precopyml_train_dataset_free(&dataset);
}

/* What learns from noise is picked in at most one of forty in the long run. */
static void test_luck_is_rare(void **state)
{
    int lucky = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++) {
        struct precopyml_train_options options = auto_options();
        struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
        precopyml_train_dataset *dataset = off_by(chance, 30, 1000 * seed);
        precopyml_model *model = train(dataset, &options);

        precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
        lucky += strcmp(info.predictor, "physics") != 0;
        precopyml_model_unref(&model);
        precopyml_train_dataset_free(&dataset);
    }
    assert_in_range(lucky, 0, 1);
}

/* ---- The contest itself ---- */

static void run_contest(const precopyml_train_dataset *dataset, struct selection *selection,
                        struct contest *contest)
{
    struct recipe open = {
        .target = PRECOPYML_TARGET_DOWNTIME,
        .overhead_target = PRECOPYML_TARGET_DOWNTIME,
        .overhead_rows = selection,
        .features = {.count = 3, .id = {with_throttle[0], with_throttle[1], with_throttle[2]}},
        .seed = 7};
    struct lineup lineup;
    struct contest_rules rules = {dataset, selection, &open, &lineup, PRECOPYML_TRAIN_AUTO, 5, 0};
    struct ticker ticker = {0};

    assert_int_equal(lineup_parse("auto:linear,knn", &lineup), 0);
    ticker.total = contest_steps(&rules);
    assert_int_equal(selection_make(dataset, open.target, NULL, selection), 0);
    assert_int_equal(contest_run(&rules, &ticker, contest), 0);
    assert_int_equal(ticker.done, ticker.total);
}

static void test_scores(void **state)
{
    precopyml_train_dataset *dataset = off_by(waves, 40, 2);
    const struct contender *picked, *second;
    struct selection selection;
    struct contest contest;
    size_t learned = 0;

    (void)state;
    run_contest(dataset, &selection, &contest);
    picked = &contest.contender[contest.picked];
    second = &contest.contender[contest.runner_up];
    assert_int_equal(contest.migrations, 40);
    assert_true(picked->is_better && picked != second);
    for (size_t i = 0; i < contest.count; i++) {
        const struct contender *one = &contest.contender[i];

        assert_true(one->fitted && isfinite(one->score));
        assert_true(one->minus_physics.lower <= one->minus_physics.value &&
                    one->minus_physics.value <= one->minus_physics.upper);
        assert_true(one == picked || second->score <= one->score);
        learned += !(one->trainer->flags & PRECOPYML_TRAINER_PHYSICS);
    }
    assert_true(fabs(contest.confidence - (1 - 0.05 / (double)learned)) < 1e-12);
    assert_true(fabs(contest.minus_runner_up.value - (picked->score - second->score)) < 1e-12);
    contest_free(&contest);
    selection_free(&selection);
    precopyml_train_dataset_free(&dataset);
}

/* The yardstick is that of evaluate(): a predictor's score is the same in both. */
static void test_scores_are_those_of_evaluate(void **state)
{
    static const char *const predictors[] = {"physics", "linear", "knn"};
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    precopyml_train_dataset *dataset = off_by(waves, 40, 2);
    const struct precopyml_train_score *score;
    precopyml_train_report *report;
    struct selection selection;
    struct contest contest;

    (void)state;
    run_contest(dataset, &selection, &contest);
    options.predictors = predictors;
    options.predictor_count = 3;
    options.features = with_throttle;
    options.feature_count = 3;
    options.seed = 7;
    options.draws = 0;
    assert_int_equal(precopyml_train_evaluate(dataset, &options, &report), 0);
    for (size_t i = 0; i < contest.count; i++) {
        score = precopyml_train_report_score(report, i);
        assert_non_null(score);
        assert_string_equal(score->name, contest.contender[i].trainer->name);
        assert_true(score->metric[PRECOPYML_TRAIN_LOG_ERROR].value == contest.contender[i].score);
    }
    precopyml_train_report_free(&report);
    contest_free(&contest);
    selection_free(&selection);
    precopyml_train_dataset_free(&dataset);
}

static void test_lineup(void **state)
{
    struct lineup lineup;

    (void)state;
    assert_int_equal(lineup_parse("auto", &lineup), 0);
    assert_null(precopyml_trainer_at(lineup.count));
    for (size_t i = 0; i < lineup.count; i++)
        assert_ptr_equal(lineup.trainer[i], precopyml_trainer_at(i));
    assert_int_equal(lineup_parse("auto:knn", &lineup), 0);
    assert_int_equal(lineup.count, 2);
    assert_string_equal(lineup.trainer[0]->name, "physics");
    assert_string_equal(lineup.trainer[1]->name, "knn");
    assert_int_equal(lineup_parse("knn", &lineup), 0);
    assert_int_equal(lineup.count, 0);
}

static void test_same_bytes(void **state)
{
    struct precopyml_train_options options = auto_options();
    precopyml_train_dataset *dataset = off_by(waves, 40, 1);
    void *first, *second;
    size_t length, second_length;

    (void)state;
    assert_int_equal(precopyml_train_model(dataset, &options, &first, &length), 0);
    assert_int_equal(precopyml_train_model(dataset, &options, &second, &second_length), 0);
    assert_int_equal(length, second_length);
    assert_memory_equal(first, second, length);
    free(first);
    free(second);
    precopyml_train_dataset_free(&dataset);
}

static void test_refuses(void **state)
{
    struct precopyml_train_options options = auto_options();
    precopyml_train_dataset *dataset = off_by(waves, 20, 1), *single = off_by(waves, 1, 1);
    struct precopyml_trainer_ops taken = *precopyml_trainer_at(0);
    size_t length;
    void *bytes;

    (void)state;
    assert_int_equal(precopyml_train_model(single, &options, &bytes, &length), -ENODATA);
    assert_non_null(strstr(precopyml_train_error_message(), "one migration"));
    options.predictor = "auto:linear,oracle";
    assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), -ENOTSUP);
    assert_non_null(strstr(precopyml_train_error_message(), "oracle"));
    options.predictor = "auto:";
    assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), -ENOTSUP);
    options.predictor = "autopilot";
    assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), -ENOTSUP);
    options.predictor = "auto:knn,knn";
    assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), -EINVAL);
    options.predictor = "auto";
    options.hyperparameters = "k=3";
    assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), -EINVAL);
    assert_non_null(strstr(precopyml_train_error_message(), "auto"));
    taken.name = "auto";
    assert_int_equal(precopyml_trainer_register(&taken), -EEXIST);
    precopyml_train_dataset_free(&dataset);
    precopyml_train_dataset_free(&single);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knn_wins),
        cmocka_unit_test(test_linear_wins),
        cmocka_unit_test(test_physics_is_kept),
        cmocka_unit_test(test_few_migrations),
        cmocka_unit_test(test_broken_is_left_out),
        cmocka_unit_test(test_luck_is_rare),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_scores_are_those_of_evaluate),
        cmocka_unit_test(test_lineup),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
