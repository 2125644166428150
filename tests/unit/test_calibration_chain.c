/* SPDX-License-Identifier: MIT */
/*
 * The whole chain on simulated migrations: sessions stop guests, their outcomes calibrate a model,
 * and its bounds are tried on migrations it has not seen. What is tested is a frequency, with a
 * fixed seed and tolerances of several standard deviations; the two ways of doing it wrong that the
 * docs warn of (scores of boundaries where nobody stopped, no adaptation under drift) are shown to
 * fail the same test, so it can fail.
 */
#include "models.h"

#include <stdbool.h>

#include <precopyml-train.h>

#include "random_numbers.h"

enum { BOUNDARIES = 40 };
static const double link_rate = 1e8; /* bytes/s */
static const double noise = 0.3;     /* of log(observed / forecast), one standard deviation */

static double log_uniform(double low, double high)
{
    return low * pow(high / low, random_unit());
}

/* Box and Muller. */
static double random_normal(void)
{
    double radius = sqrt(-2.0 * log(1.0 - random_unit()));

    return radius * cos(6.283185307179586 * random_unit());
}

/* Physics without overhead: its forecast is remaining / bandwidth. */
static void fresh_model(unsigned char **data, size_t *length)
{
    static const struct head_spec head = {
        .target = "downtime", .predictor = "physics", .log_residual = true};
    static const struct model_spec spec = {0.0, "{}", &head, 1};

    assert_int_equal(model_write_memory(&spec, data, length), 0);
}

static precopyml_model *calibrated(const double *scores, size_t count, uint32_t window,
                                   double gamma)
{
    struct precopyml_train_calibration options = PRECOPYML_TRAIN_CALIBRATION_INIT;
    unsigned char *fresh;
    precopyml_model *model = NULL;
    size_t length, made_length;
    void *made = NULL;

    fresh_model(&fresh, &length);
    options.window = window;
    options.gamma = gamma;
    if (precopyml_train_calibrate(fresh, length, scores, count, &options, &made, &made_length) != 0)
        fail_msg("%s", precopyml_train_error_message());
    assert_int_equal(precopyml_model_load_memory(made, made_length, &model), 0);
    free(fresh);
    free(made);
    return model;
}

/* What the session sees of a boundary at which stopping would be forecast to cost this. */
static struct precopyml_features boundary(double forecast)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    set(&features, PRECOPYML_FEATURE_REMAINING, forecast * link_rate);
    set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, forecast * link_rate);
    set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, link_rate);
    set(&features, PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, link_rate);
    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, forecast * link_rate);
    set(&features, PRECOPYML_FEATURE_WRITE_RATE, link_rate);
    return features;
}

struct simulated {
    bool stopped;
    struct precopyml_outcome outcome;
    double any_score; /* of a boundary drawn blindly */
};

static double doubt(precopyml_model *model, const struct precopyml_features *features)
{
    struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;

    assert_int_equal(
        precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, features, 0, NULL, &estimate), 0);
    return estimate.doubt;
}

/*
 * One migration: what a stop would really cost falls from boundary to boundary, each forecast is
 * off by its own error, and the policy stops where the forecast lets it, at a limit drawn before.
 */
static struct simulated simulate(precopyml_model *model, const char *policy, double bias)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    struct simulated run = {.outcome = PRECOPYML_OUTCOME_INIT};
    double truth = log_uniform(2.0, 10.0), decline = 0.7 + 0.25 * random_unit();
    int blind = (int)(random_unit() * BOUNDARIES);
    precopyml_session *session = NULL;

    options.policy = policy;
    options.confidence = 0.9;
    options.downtime_limit = log_uniform(0.1, 3.0);
    assert_int_equal(precopyml_session_create(model, &options, &session), 0);
    for (int i = 0; i < BOUNDARIES; i++, truth *= decline) {
        struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
        double error = bias + noise * random_normal();
        struct precopyml_features features = boundary(truth * exp(-error));

        if (i == blind)
            run.any_score = error / doubt(model, &features);
        if (run.stopped)
            continue;
        assert_int_equal(precopyml_should_stop(session, &features, &decision), 0);
        if (decision.verdict != PRECOPYML_STOP)
            continue;
        run.stopped = true;
        assert_int_equal(precopyml_session_outcome(session, truth, NULL, &run.outcome), 0);
        assert_true(fabs(run.outcome.score * run.outcome.doubt - error) < 1e-9);
    }
    precopyml_session_destroy(&session);
    return run;
}

/* Scores of the first `count` migrations that the policy stopped; `blind`: of any boundary. */
static void collect(precopyml_model *model, const char *policy, bool blind, double *scores,
                    size_t count)
{
    for (size_t i = 0; i < count;) {
        struct simulated run = simulate(model, policy, 0);

        if (run.stopped)
            scores[i++] = blind ? run.any_score : run.outcome.score;
    }
}

/* The share of held-out migrations within their upper bound, each stopped by the same policy. */
static double coverage(precopyml_model *model, const char *policy, size_t count)
{
    size_t within = 0;

    for (size_t i = 0; i < count;) {
        struct simulated run = simulate(model, policy, 0);

        if (!run.stopped)
            continue;
        assert_false(isnan(run.outcome.upper));
        within += !run.outcome.missed;
        i++;
    }
    return (double)within / (double)count;
}

enum { SCORES = 199, HELD_OUT = 1000, REPEATS = 10 };

/* Calibrated on threshold's stops at random limits, mean over repeats. */
static double mean_coverage(const char *policy, bool blind)
{
    precopyml_model *none = calibrated(NULL, 0, 0, 0);
    double sum = 0;

    for (int i = 0; i < REPEATS; i++) {
        double scores[SCORES];
        precopyml_model *model;

        collect(none, "threshold", blind, scores, SCORES);
        model = calibrated(scores, SCORES, 0, 0);
        sum += coverage(model, policy, HELD_OUT);
        precopyml_model_unref(&model);
    }
    precopyml_model_unref(&none);
    return sum / REPEATS;
}

/*
 * 180 of 200 ranks: 0.9. One repeat's standard deviation is sqrt(0.9 x 0.1 (1/201 + 1/1000)) =
 * 0.023, the mean's 0.0074: three of them.
 */
static void the_policys_own_stops_give_the_coverage_asked_for(void **state)
{
    double threshold = mean_coverage("threshold", false), slo = mean_coverage("slo", false);

    (void)state;
    print_message("# 90 %% bounds held: threshold %.4f, slo %.4f\n", threshold, slo);
    assert_true(fabs(threshold - 0.9) < 0.0222);
    /* slo at a limit L is threshold at L over the factor of the bound: the same selection. */
    assert_true(fabs(slo - 0.9) < 0.0222);
}

/* The error that stops a guest is an optimistic one; elsewhere it is not. */
static void scores_of_other_boundaries_do_not(void **state)
{
    double blind = mean_coverage("threshold", true);

    (void)state;
    print_message("# 90 %% bounds from boundaries where nobody stopped held: %.4f\n", blind);
    assert_true(blind < 0.9 - 2 * 0.0222);
}

/* ---- Drift ---- */

enum { MIGRATIONS = 1600, WARM = 400, STEP = 20, WINDOW = 400 };

/* Recalibrated every STEP migrations while forecasts get worse and worse; the share that held. */
static double coverage_under_drift(double gamma)
{
    double scores[MIGRATIONS];
    double per_migration = 2.0 / MIGRATIONS, factor = 0, lower;
    size_t within = 0;

    for (size_t t = 0; t < MIGRATIONS; t++) {
        if (t >= WARM && t % STEP == 0) {
            precopyml_model *model = calibrated(scores, t, WINDOW, gamma);

            assert_int_equal(
                precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, 0.9, &lower, &factor), 0);
            precopyml_model_unref(&model);
        }
        scores[t] = per_migration * (double)t + noise * random_normal();
        if (t >= WARM) /* an unknown bound holds: slo does not stop by it */
            within += !(scores[t] > log(factor));
    }
    return (double)within / (MIGRATIONS - WARM);
}

/* 1200 tried: a standard deviation of 0.0087 if they were independent. */
static void adaptive_bounds_follow_a_drift(void **state)
{
    double plain = coverage_under_drift(0), adaptive = coverage_under_drift(0.02);

    (void)state;
    print_message("# 90 %% bounds under drift held: plain %.4f, adaptive %.4f\n", plain, adaptive);
    assert_true(plain < 0.8);
    assert_true(adaptive > 0.87 && adaptive < 0.95);
}

/* Where nothing drifts, following costs little. */
static void adaptation_is_harmless_without_drift(void **state)
{
    double scores[600];
    size_t count = sizeof scores / sizeof *scores;
    double plain_upper, adapted_upper, lower;
    precopyml_model *plain, *adapted;

    (void)state;
    for (size_t i = 0; i < count; i++)
        scores[i] = noise * random_normal();
    plain = calibrated(scores, count, WINDOW, 0);
    adapted = calibrated(scores, count, WINDOW, 0.02);
    assert_int_equal(
        precopyml_model_bounds(plain, PRECOPYML_TARGET_DOWNTIME, 0.9, &lower, &plain_upper), 0);
    assert_int_equal(
        precopyml_model_bounds(adapted, PRECOPYML_TARGET_DOWNTIME, 0.9, &lower, &adapted_upper), 0);
    print_message("# upper / forecast at 90 %%: plain %.3f, adapted %.3f\n", plain_upper,
                  adapted_upper);
    assert_true(fabs(log(adapted_upper / plain_upper)) < noise);
    precopyml_model_unref(&plain);
    precopyml_model_unref(&adapted);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policys_own_stops_give_the_coverage_asked_for),
        cmocka_unit_test(scores_of_other_boundaries_do_not),
        cmocka_unit_test(adaptive_bounds_follow_a_drift),
        cmocka_unit_test(adaptation_is_harmless_without_drift),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
