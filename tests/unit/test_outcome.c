/* SPDX-License-Identifier: MIT */
/* Bounds in use: what policies do with them, what they do without, and what is fed back. */
#include "models.h"

#include <errno.h>
#include <fenv.h>
#include <stdbool.h>

#include "allocations.h"

/* Physics without overhead, with these scores behind its downtime. */
static precopyml_model *calibrated_per(bool doubt, const double *scores, size_t count)
{
    const struct head_spec head = {.target = "downtime",
                                   .predictor = "physics",
                                   .log_residual = true,
                                   .calibration = scores,
                                   .calibration_count = count,
                                   .per_doubt = doubt};
    const struct model_spec spec = {0.0, "{}", &head, 1};

    return model_of(&spec);
}

static precopyml_model *calibrated(const double *scores, size_t count)
{
    return calibrated_per(false, scores, count);
}

/* What docs/calibration.md says of a guest whose memory is data. */
static double calm_doubt(double downtime)
{
    return 0.1 + log1p(0.02 / downtime);
}

/* As long as nothing is written: a plateau of `seconds` of downtime. */
static struct precopyml_features plateau(double seconds)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    set(&features, PRECOPYML_FEATURE_REMAINING, seconds * 1e8);
    set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, seconds * 1e8);
    set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, 1e8);
    set(&features, PRECOPYML_FEATURE_BANDWIDTH_RECENT, 1e8);
    set(&features, PRECOPYML_FEATURE_BANDWIDTH_PEAK, 1e8);
    set(&features, PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, 1e8);
    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, seconds * 1e8);
    set(&features, PRECOPYML_FEATURE_WRITE_RATE, 1e10);
    set(&features, PRECOPYML_FEATURE_LAMBDA, 1);
    set(&features, PRECOPYML_FEATURE_ELAPSED, 20);
    return features;
}

/* A guest whose rounds shrink to a fifth each: much is to be gained by waiting. */
static struct precopyml_features shrinking(double seconds)
{
    struct precopyml_features features = plateau(seconds);

    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, 5e9);
    set(&features, PRECOPYML_FEATURE_WRITE_RATE, 2e7);
    return features;
}

static struct precopyml_decision ask(precopyml_model *model,
                                     const struct precopyml_session_options *options,
                                     struct precopyml_features features)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    precopyml_session *session = NULL;

    assert_int_equal(precopyml_session_create(model, options, &session), 0);
    assert_int_equal(precopyml_should_stop(session, &features, &decision), 0);
    precopyml_session_destroy(&session);
    return decision;
}

static void slo_stops_by_the_bound(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated(golden_calibration, 9); /* 90 %: exp(0.4) = 1.49 */
    struct precopyml_decision decision;

    (void)state;
    options.policy = "slo";
    options.confidence = 0.9;
    options.downtime_limit = 1.0;
    decision = ask(model, &options, plateau(0.7)); /* up to 1.04 s */
    assert_int_equal(decision.reason, PRECOPYML_REASON_ABOVE_LIMIT);
    assert_int_equal(decision.flags, 0);
    assert_near(decision.downtime_upper, decision.downtime * exp(0.4));
    decision = ask(model, &options, plateau(0.65)); /* up to 0.97 s */
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    assert_int_equal(decision.reason, PRECOPYML_REASON_LIMIT_MET);
    precopyml_model_unref(&model);
}

static void too_few_scores_are_told(void **state)
{
    static const char *const policies[] = {"slo", "optimal", "threshold"};
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated(golden_calibration, 8); /* one too few for 90 % */

    (void)state;
    options.downtime_limit = 1.0;
    options.stop_when_met = 1;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct precopyml_decision decision;

        options.policy = policies[i];
        options.confidence = 0.9;
        decision = ask(model, &options, plateau(0.1));
        assert_true(isnan(decision.downtime_upper) && isnan(decision.downtime_lower));
        assert_int_equal(decision.flags, PRECOPYML_FLAG_UNCALIBRATED);
        /* slo needs the bound; the others go by the forecast, and the flag says so. */
        assert_int_equal(decision.reason,
                         i == 0 ? PRECOPYML_REASON_BOUND_UNKNOWN : PRECOPYML_REASON_LIMIT_MET);
        assert_int_equal(decision.verdict, i == 0 ? PRECOPYML_CONTINUE : PRECOPYML_STOP);
        options.confidence = 0.8; /* for this they are enough */
        decision = ask(model, &options, plateau(0.1));
        assert_int_equal(decision.flags, 0);
        assert_int_equal(decision.verdict, PRECOPYML_STOP);
    }
    precopyml_model_unref(&model);
}

static void optimal_holds_its_limit_against_the_bound(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated(golden_calibration, 9);

    (void)state;
    options.downtime_limit = 1.0;
    options.kappa = 0; /* nothing but the limit makes it wait */
    assert_int_equal(ask(model, &options, shrinking(0.8)).verdict, PRECOPYML_STOP);
    options.confidence = 0.9; /* up to 1.19 s, and far less one round on */
    assert_int_equal(ask(model, &options, shrinking(0.8)).reason, PRECOPYML_REASON_ABOVE_LIMIT);
    options.stop_when_met = 1;
    options.kappa = 1000;
    assert_int_equal(ask(model, &options, shrinking(0.8)).verdict, PRECOPYML_CONTINUE);
    assert_int_equal(ask(model, &options, shrinking(0.6)).reason, PRECOPYML_REASON_LIMIT_MET);
    /* A bound that no boundary ahead meets does not keep the guest for ever. */
    options.stop_when_met = 0;
    options.kappa = 0;
    assert_int_equal(ask(model, &options, plateau(0.8)).verdict, PRECOPYML_STOP);
    precopyml_model_unref(&model);
}

static void hopeless_by_the_lower_bound_of_the_floor(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated(golden_calibration, 9), *few = calibrated(NULL, 0);
    struct precopyml_decision decision;

    (void)state;
    options.hard_max = 1.0;
    options.confidence = 0.9;
    decision = ask(model, &options, plateau(1.4)); /* 0.94 s at least */
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    assert_int_equal(decision.reason, PRECOPYML_REASON_ABOVE_HARD_MAX);
    decision = ask(model, &options, plateau(1.6)); /* 1.07 s at least */
    assert_int_equal(decision.verdict, PRECOPYML_HOPELESS);
    assert_int_equal(decision.reason, PRECOPYML_REASON_FLOOR_ABOVE_MAX);
    assert_int_equal(decision.advice, PRECOPYML_ADVICE_POSTCOPY);
    decision = ask(few, &options, plateau(100)); /* never on a guess */
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    assert_int_equal(decision.flags, PRECOPYML_FLAG_UNCALIBRATED);
    precopyml_model_unref(&model);
    precopyml_model_unref(&few);
}

static void one_boundary_is_not_hopeless(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated(golden_calibration, 9);
    struct precopyml_features features = plateau(100);

    (void)state;
    options.hard_max = 1.0;
    options.confidence = 0.9;
    assert_int_equal(ask(model, &options, features).verdict, PRECOPYML_HOPELESS);
    set(&features, PRECOPYML_FEATURE_LAMBDA, NAN); /* nothing to compare it with */
    assert_int_equal(ask(model, &options, features).reason, PRECOPYML_REASON_ABOVE_HARD_MAX);
    precopyml_model_unref(&model);
}

/* Rounds that shrink by a tenth each: 12 of them leave 28 %, the rest of the way nearly nothing. */
static void a_slow_decline_is_not_hopeless(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated(golden_calibration, 9);
    struct precopyml_features features = plateau(10);

    (void)state;
    options.hard_max = 1.0;
    options.confidence = 0.9;
    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, 1e12);
    set(&features, PRECOPYML_FEATURE_WRITE_RATE, 0.9e8);
    set(&features, PRECOPYML_FEATURE_LAMBDA, 0.9);
    assert_true(ask(model, &options, features).downtime_floor > 2);
    assert_int_equal(ask(model, &options, features).reason, PRECOPYML_REASON_ABOVE_HARD_MAX);
    precopyml_model_unref(&model);
}

static void extrapolations_have_no_bound(void **state)
{
    static const struct feature_spec feature = {"iteration", "1", MODEL_IDENTITY, 0, 1, 1, 10};
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    struct precopyml_features features = plateau(0.1);
    struct bytes_out payload = {0};
    struct precopyml_decision decision;
    precopyml_model *model;

    (void)state;
    bytes_put_f64(&payload, 0.0);
    bytes_put_f64(&payload, 0.0);
    model = model_of(&(struct model_spec){0.0, "{}",
                                          &(struct head_spec){"downtime", "linear", true, &feature,
                                                              1, golden_calibration, 9,
                                                              payload.data, payload.length, false},
                                          1});
    free(payload.data);
    options.policy = "slo";
    options.confidence = 0.9;
    options.downtime_limit = 1.0;
    set(&features, PRECOPYML_FEATURE_ITERATION, 5);
    assert_int_equal(ask(model, &options, features).verdict, PRECOPYML_STOP);
    set(&features, PRECOPYML_FEATURE_ITERATION, 50);
    decision = ask(model, &options, features);
    assert_int_equal(decision.reason, PRECOPYML_REASON_BOUND_UNKNOWN);
    assert_int_equal(decision.flags, PRECOPYML_FLAG_EXTRAPOLATING | PRECOPYML_FLAG_UNCALIBRATED);
    precopyml_model_unref(&model);
}

/* The same scores: a guest that clears its memory gets what a calm one is spared. */
static void bounds_widen_with_the_doubt(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated_per(true, golden_calibration, 9);
    struct precopyml_features calm = plateau(0.5), clearing = plateau(5);
    struct precopyml_decision decision;
    double lower, upper;

    (void)state;
    set(&clearing, PRECOPYML_FEATURE_RESENT_WIRE_SHARE, 0.1);
    options.policy = "slo";
    options.confidence = 0.9;
    options.downtime_limit = 0.55;
    decision = ask(model, &options, calm);
    assert_near(decision.downtime, 0.5);
    assert_near(decision.doubt, calm_doubt(0.5));
    assert_near(decision.downtime_upper, 0.5 * exp(0.4 * calm_doubt(0.5)));
    assert_near(decision.downtime_lower, 0.5 * exp(-0.4 * calm_doubt(0.5)));
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    decision = ask(model, &options, clearing); /* 5 s should it turn to data */
    assert_near(decision.downtime, 0.5);
    assert_near(decision.doubt, calm_doubt(0.5) + log(10));
    assert_near(decision.downtime_upper, 0.5 * exp(0.4 * (calm_doubt(0.5) + log(10))));
    assert_int_equal(decision.reason, PRECOPYML_REASON_ABOVE_LIMIT);
    /* What more than its size takes of the wire is no zero. */
    set(&calm, PRECOPYML_FEATURE_RESENT_WIRE_SHARE, 1.01);
    decision = ask(model, &options, calm);
    assert_near(decision.doubt, calm_doubt(decision.downtime));
    assert_int_equal(precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, 0.9, &lower, &upper),
                     0);
    assert_near(upper, exp(0.4)); /* where the doubt is 1 */
    assert_near(lower, exp(-0.4));
    precopyml_model_unref(&model);
}

/* 5 ms off is much of the floor that lies ahead, and little of what stopping now takes. */
static void a_short_floor_is_doubted_more(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated_per(true, golden_calibration, 9);
    struct precopyml_decision decision;
    double floor;

    (void)state;
    options.confidence = 0.9;
    options.kappa = 0;
    floor = ask(model, &options, shrinking(0.8)).downtime_floor;
    assert_true(floor < 0.1);
    /* optimal waits for a limit that the floor's upper bound meets, and for no other. */
    options.downtime_limit = 1.01 * floor * exp(0.4 * calm_doubt(floor));
    decision = ask(model, &options, shrinking(0.8));
    assert_int_equal(decision.reason, PRECOPYML_REASON_ABOVE_LIMIT);
    options.downtime_limit = 0.99 * floor * exp(0.4 * calm_doubt(floor));
    decision = ask(model, &options, shrinking(0.8));
    assert_int_not_equal(decision.reason, PRECOPYML_REASON_ABOVE_LIMIT);
    precopyml_model_unref(&model);
}

static void bounds_as_factors(void **state)
{
    static const double unbounded[9] = {-1.7e308, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 1.7e308};
    precopyml_model *model = calibrated(golden_calibration, 9), *open = calibrated(unbounded, 9);
    struct precopyml_decision decision;
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    double lower = 7, upper = 7;

    (void)state;
    assert_int_equal(precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, 0.8, &lower, &upper),
                     0);
    assert_near(lower, exp(-0.3));
    assert_near(upper, exp(0.3));
    assert_int_equal(precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, 0.95, &lower, &upper),
                     0);
    assert_true(isnan(lower) && isnan(upper));
    /* A score that is as large as can be stands for "no bound"; errors leave unknown ones. */
    assert_int_equal(precopyml_model_bounds(open, PRECOPYML_TARGET_DOWNTIME, 0.9, &lower, &upper),
                     0);
    assert_true(isnan(upper) && lower == 0.0);
    options.confidence = 0.9;
    decision = ask(open, &options, plateau(1));
    assert_true(isnan(decision.downtime_upper) && decision.downtime_lower == 0.0);
    assert_int_equal(decision.flags, PRECOPYML_FLAG_UNCALIBRATED);
    assert_int_equal(precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, 1, &lower, &upper),
                     -EINVAL);
    assert_true(isnan(lower) && isnan(upper));
    assert_int_equal(precopyml_model_bounds(model, PRECOPYML_TARGET_COUNT, 0.9, &lower, &upper),
                     -EINVAL);
    assert_int_equal(precopyml_model_bounds(NULL, PRECOPYML_TARGET_DOWNTIME, 0.9, &lower, &upper),
                     -EINVAL);
    assert_int_equal(precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, 0.9, NULL, &upper),
                     -EINVAL);
    precopyml_model_unref(&model);
    precopyml_model_unref(&open);
}

static void an_outcome_says_it_all(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = calibrated(golden_calibration, 9);
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT, old;
    struct precopyml_outcome outcome = PRECOPYML_OUTCOME_INIT;
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    struct precopyml_features high = plateau(5), low = plateau(0.5);
    precopyml_session *session = NULL;
    unsigned long before;

    (void)state;
    options.policy = "threshold";
    options.downtime_limit = 1.0;
    options.confidence = 0.9;
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    assert_int_equal(precopyml_session_create(model, &options, &session), 0);
    assert_int_equal(precopyml_session_outcome(session, 1, NULL, &outcome), -EAGAIN);
    assert_int_equal(precopyml_should_stop(session, &high, &decision), 0);
    assert_int_equal(precopyml_session_outcome(session, 1, NULL, &outcome), -EAGAIN);
    assert_int_equal(precopyml_session_outcome(session, 1, &decision, &outcome), -EINVAL);
    assert_int_equal(precopyml_should_stop(session, &low, &decision), 0);
    old = decision;
    assert_int_equal(precopyml_should_stop(session, &high, &decision), 0); /* after the stop */

    before = allocations();
    errno = 77;
    feclearexcept(FE_ALL_EXCEPT);
    assert_int_equal(precopyml_session_outcome(session, 0.6, NULL, &outcome), 0);
    assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
    assert_int_equal(errno, 77);
    assert_int_equal(allocations(), before);
    assert_near(outcome.doubt, calm_doubt(0.5));
    assert_near(outcome.score, log(0.6 / 0.5) / calm_doubt(0.5));
    assert_true(outcome.downtime == 0.6 && outcome.forecast == old.downtime);
    assert_true(outcome.upper == old.downtime_upper && outcome.model == info.fingerprint);
    assert_string_equal(outcome.policy, "threshold");
    assert_true(outcome.downtime_limit == 1.0 && outcome.confidence == 0.9);
    assert_int_equal(outcome.reason, PRECOPYML_REASON_LIMIT_MET);
    assert_int_equal(outcome.missed, 0);
    assert_int_equal(outcome.usable, 1);
    assert_int_equal(precopyml_session_outcome(session, 0.8, &old, &outcome), 0);
    assert_int_equal(outcome.missed, 1); /* 0.5 s to 0.75 s were promised */
    /* A struct of before decisions had a doubt gets that of the latest stop, or is refused. */
    old.size = offsetof(struct precopyml_decision, doubt);
    old.doubt = 7;
    assert_int_equal(precopyml_session_outcome(session, 0.8, &old, &outcome), 0);
    assert_near(outcome.doubt, calm_doubt(0.5));
    old.verdict = PRECOPYML_CONTINUE;
    assert_int_equal(precopyml_session_outcome(session, 0.8, &old, &outcome), -EINVAL);
    old.verdict = PRECOPYML_STOP;
    old.downtime = 0.4;
    assert_int_equal(precopyml_session_outcome(session, 0.8, &old, &outcome), -EINVAL);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}

static void what_cannot_be_is_refused(void **state)
{
    static const double never[] = {0, -1, NAN, INFINITY};
    struct precopyml_outcome outcome = PRECOPYML_OUTCOME_INIT;
    struct precopyml_decision stop = PRECOPYML_DECISION_INIT;
    precopyml_model *model = calibrated(NULL, 0);
    precopyml_session *session = NULL;

    (void)state;
    assert_int_equal(precopyml_session_create(model, NULL, &session), 0);
    stop.verdict = PRECOPYML_STOP;
    stop.downtime = 0.5;
    stop.doubt = 0.1;
    outcome.score = 7;
    feclearexcept(FE_ALL_EXCEPT);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_int_equal(precopyml_session_outcome(session, never[i], &stop, &outcome), -EINVAL);
    assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
    assert_int_equal(precopyml_session_outcome(NULL, 1, &stop, &outcome), -EINVAL);
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, NULL), -EINVAL);
    stop.downtime = 0; /* a forecast of nothing has no ratio */
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, &outcome), -EINVAL);
    stop.downtime = NAN;
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, &outcome), -EINVAL);
    stop.downtime = 0.5;
    stop.doubt = 0; /* nor has an error without a unit a score */
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, &outcome), -EINVAL);
    stop.doubt = 0.1;
    stop.size = 8;
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, &outcome), -EINVAL);
    assert_true(outcome.score == 7);
    stop.size = sizeof stop;
    stop.downtime = 0.5;
    outcome.size = offsetof(struct precopyml_outcome, score); /* an older caller's */
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, &outcome), 0);
    assert_true(outcome.score == 7 && outcome.downtime == 1);
    outcome.size = sizeof outcome;
    stop.reason = PRECOPYML_REASON_DEADLINE;
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, &outcome), 0);
    assert_int_equal(outcome.usable, 0);
    stop.reason = PRECOPYML_REASON_NO_GAIN;
    stop.flags = PRECOPYML_FLAG_EXTRAPOLATING;
    assert_int_equal(precopyml_session_outcome(session, 1, &stop, &outcome), 0);
    assert_int_equal(outcome.usable, 0);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}

static void a_model_of_something_else_never_stops_a_guest(void **state)
{
    const struct head_spec head = {
        .target = "remaining_time", .predictor = "physics", .log_residual = true};
    const struct model_spec spec = {0.04, "{}", &head, 1};
    struct precopyml_features features = plateau(1);
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    precopyml_model *model = model_of(&spec);
    precopyml_session *session = NULL;

    (void)state;
    assert_int_equal(precopyml_session_create(model, NULL, &session), 0);
    assert_int_equal(precopyml_should_stop(session, &features, &decision), -ENOENT);
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}

static void fingerprints_tell_models_apart_not_calibrations(void **state)
{
    precopyml_model *model = calibrated(NULL, 0), *same = calibrated(golden_calibration, 9);
    precopyml_model *doubting = calibrated_per(true, golden_calibration, 9);
    precopyml_model *other = golden_model(GOLDEN_LINEAR), *builtin = NULL;
    struct precopyml_model_info a = PRECOPYML_MODEL_INFO_INIT, b = a, c = a, d = a;

    (void)state;
    assert_int_equal(precopyml_model_builtin(&builtin), 0);
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &a);
    precopyml_model_info(same, PRECOPYML_TARGET_DOWNTIME, &b);
    precopyml_model_info(other, PRECOPYML_TARGET_REMAINING_TIME, &c);
    precopyml_model_info(builtin, PRECOPYML_TARGET_DOWNTIME, &d);
    assert_true(a.fingerprint == b.fingerprint && !b.per_doubt);
    precopyml_model_info(doubting, PRECOPYML_TARGET_DOWNTIME, &b);
    assert_true(a.fingerprint == b.fingerprint && b.per_doubt);
    assert_true(a.fingerprint != c.fingerprint && a.fingerprint != d.fingerprint);
    assert_true(a.fingerprint != 0 && c.fingerprint != d.fingerprint);
    precopyml_model_unref(&model);
    precopyml_model_unref(&same);
    precopyml_model_unref(&doubting);
    precopyml_model_unref(&other);
    precopyml_model_unref(&builtin);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(slo_stops_by_the_bound),
        cmocka_unit_test(too_few_scores_are_told),
        cmocka_unit_test(optimal_holds_its_limit_against_the_bound),
        cmocka_unit_test(hopeless_by_the_lower_bound_of_the_floor),
        cmocka_unit_test(one_boundary_is_not_hopeless),
        cmocka_unit_test(a_slow_decline_is_not_hopeless),
        cmocka_unit_test(extrapolations_have_no_bound),
        cmocka_unit_test(bounds_widen_with_the_doubt),
        cmocka_unit_test(a_short_floor_is_doubted_more),
        cmocka_unit_test(bounds_as_factors),
        cmocka_unit_test(an_outcome_says_it_all),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_model_of_something_else_never_stops_a_guest),
        cmocka_unit_test(fingerprints_tell_models_apart_not_calibrations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
