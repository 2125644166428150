/* SPDX-License-Identifier: MIT */
/* The percentage that a throttle needs, and how a guest that answers to one is seen. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <precopyml.h>

#include "boundaries.h"
#include "outlook.h"
#include "physics.h"
#include "policy.h"
#include "throttle.h"
#include "vector.h"
#include "working_set.h"

#define LINK 100e6
#define SET  300e6

/* A boundary of a guest whose set is 300 MB, on a 100 MB/s link. `fitted`: bytes/s of vCPU time. */
static struct precopyml_features boundary(double remaining, double fitted, double round,
                                          double throttle)
{
    struct precopyml_features features = boundary_at(remaining, LINK, SET, fitted);

    precopyml_features_set(&features, PRECOPYML_FEATURE_ROUND_LENGTH, round);
    precopyml_features_set(&features, PRECOPYML_FEATURE_LAMBDA, 1);
    precopyml_features_set(&features, PRECOPYML_FEATURE_THROTTLE, throttle);
    return features;
}

static struct precopyml_session_options wishes(double limit, double most, double sigma)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;

    options.downtime_limit = limit;
    options.throttle_max = most;
    options.sigma = sigma;
    return options;
}

static struct precopyml_decision ask(struct precopyml_session_options options,
                                     struct precopyml_features features)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    precopyml_model *model = NULL;
    precopyml_session *session = NULL;

    assert_int_equal(precopyml_model_builtin(&model), 0);
    assert_int_equal(precopyml_session_create(model, &options, &session), 0);
    assert_int_equal(precopyml_should_stop(session, &features, &decision), 0);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
    return decision;
}

/* Written at three times what the link carries: 3 s rounds leave 95 % of it. */
static struct precopyml_features known_writer(double throttle)
{
    return boundary(SET, 3 * LINK, 3, throttle);
}

static void throttles_only_where_that_is_allowed_and_needed(void **state)
{
    (void)state;
    assert_int_equal(ask(wishes(0.3, 0, 0), known_writer(0)).verdict, PRECOPYML_STOP);
    assert_int_equal(ask(wishes(0, 99, 0), known_writer(0)).verdict, PRECOPYML_STOP);
    assert_int_equal(ask(wishes(5, 99, 0), known_writer(0)).verdict, PRECOPYML_STOP);
    assert_true(isnan(ask(wishes(5, 99, 0), known_writer(0)).throttle));
    /* A slow writer gets there by itself. */
    assert_int_equal(ask(wishes(0.3, 99, 0), boundary(SET, LINK / 10, 3, 0)).verdict,
                     PRECOPYML_CONTINUE);
    assert_int_equal(ask(wishes(0.3, 99, 0), known_writer(0)).verdict, PRECOPYML_THROTTLE);
}

static void percentage_is_enough(void **state)
{
    struct precopyml_decision decision = ask(wishes(0.3, 99, 5), known_writer(0));
    struct precopyml_features features = known_writer(decision.throttle);
    double remaining = SET, seconds;

    (void)state;
    assert_int_equal(decision.verdict, PRECOPYML_THROTTLE);
    assert_int_equal(decision.reason, PRECOPYML_REASON_THROTTLE_PAYS);
    assert_true(decision.throttle > 100 * (1 - 1.0 / 3) && decision.throttle <= 99);
    for (int round = 0; round < 24; round++)
        remaining = physics_round(&features, remaining, &seconds);
    assert_true(physics_downtime(&features, remaining, 0.05) <= 0.3);
}

/* vCPU seconds lost to this percentage until the guest's downtime is within 0.3 s. */
static double lost_time(double percent)
{
    struct precopyml_features features = known_writer(percent);
    double remaining = SET, seconds, lost = 0;

    while (physics_downtime(&features, remaining, 0.05) > 0.3) {
        remaining = physics_round(&features, remaining, &seconds);
        lost += seconds * percent / 100;
    }
    return lost;
}

static void lost_guest_time_has_its_price(void **state)
{
    double cheap = lost_time(ask(wishes(0.3, 99, 0), known_writer(0)).throttle);
    double dear = lost_time(ask(wishes(0.3, 99, 1000), known_writer(0)).throttle);

    (void)state;
    assert_true(dear <= cheap * 1.05); /* costs within 5 % are the same */
    for (double percent = 75; percent <= 99; percent++)
        assert_true(dear <= lost_time(percent) * 1.15); /* not every percentage is tried */
}

/* At 80 % the known writer is down to a quarter of its downtime in two rounds, 4.4 s. */
static void waiting_under_a_throttle_has_its_price(void **state)
{
    (void)state;
    assert_int_equal(ask(wishes(0, 0, 0), known_writer(80)).reason, PRECOPYML_REASON_PAYS);
    assert_int_equal(ask(wishes(0, 0, 2), known_writer(80)).reason, PRECOPYML_REASON_PAYS);
    assert_int_equal(ask(wishes(0, 0, 50), known_writer(80)).reason, PRECOPYML_REASON_NO_GAIN);
    /* Without a throttle nothing is lost, at any price. */
    assert_int_equal(ask(wishes(0, 0, 50), boundary(SET, LINK / 10, 3, 0)).reason,
                     PRECOPYML_REASON_PAYS);
}

static void a_weak_maximum_is_no_throttle(void **state)
{
    struct precopyml_decision decision = ask(wishes(0.3, 40, 0), known_writer(0));

    (void)state;
    assert_int_equal(decision.verdict, PRECOPYML_STOP); /* 40 % would only cost guest time */
    assert_true(isnan(decision.throttle));
}

/* What these wishes ask for where the upper bound is so many times the forecast. */
static double percent_for(struct precopyml_session_options options, double factor, int by_bound)
{
    struct precopyml_features features = known_writer(0);
    struct outlook outlook;
    struct policy_input input = {&options, &features, &outlook, 20};
    precopyml_model *model = NULL;

    assert_int_equal(precopyml_model_builtin(&model), 0);
    assert_int_equal(outlook_make(model, &features, NULL, 20, 0, NULL, &outlook), 0);
    precopyml_model_unref(&model);
    outlook.floor_upper = factor * outlook.floor;
    return throttle_percent(&input, by_bound);
}

static double percent_with_bound(double factor)
{
    return percent_for(wishes(0.3, 99, 0), factor, 1);
}

static void a_bound_out_of_reach_leaves_the_forecast(void **state)
{
    double plain = ask(wishes(0.3, 99, 0), known_writer(0)).throttle;

    (void)state;
    assert_true(percent_with_bound(1.5) >= plain);
    /* 15 ms is less than any switchover takes: no throttle brings such a bound within the limit. */
    assert_true(fabs(percent_with_bound(20) - plain) < 1e-9);
}

/* The guest stays at 3 s: within a limit of 4 s by its forecast, not by a bound of 6 s. */
static void what_is_met_needs_no_throttle(void **state)
{
    struct precopyml_session_options options = wishes(0, 99, 0);

    (void)state;
    assert_true(percent_for(wishes(4, 99, 0), 2, 1) > 0);
    assert_true(isnan(percent_for(wishes(4, 99, 0), 2, 0)));
    options.hard_max = 4; /* held against the forecast */
    assert_true(isnan(percent_for(options, 2, 1)));
    options.hard_max = 0.4;
    assert_true(percent_for(options, 2, 1) > 0);
}

static void a_hard_maximum_under_the_limit_is_met_too(void **state)
{
    struct precopyml_session_options options = wishes(0.3, 99, 0);
    double alone = percent_for(options, 1, 1);

    (void)state;
    options.downtime_limit = 5;
    options.hard_max = 0.3;
    assert_true(percent_for(options, 1, 1) == alone);
    options.downtime_limit = 0.3;
    options.hard_max = 5;
    assert_true(percent_for(options, 1, 1) == alone);
}

/* 300 MB come back, and nobody knows how fast they go. */
static void nothing_left_for_now_is_not_nothing(void **state)
{
    struct precopyml_session_options options = wishes(0.3, 0, 0);
    struct precopyml_features features = known_writer(0);
    struct outlook outlook = {.now = {.value = 2, .upper = NAN},
                              .floor = 2,
                              .floor_upper = NAN,
                              .forecast = {.now = NAN, .nothing = NAN}};
    struct policy_input input = {&options, &features, &outlook, 20};
    double throttle;

    (void)state;
    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING, 0);
    assert_int_equal(policy_decide(policy_find("threshold"), &input, &throttle).verdict,
                     PRECOPYML_CONTINUE);
    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, 0);
    assert_int_equal(policy_decide(policy_find("threshold"), &input, &throttle).reason,
                     PRECOPYML_REASON_EMPTY);
}

static void hidden_writers_are_taken_for_fast_ones(void **state)
{
    /* Dirty as a whole after every round: twice the link's speed or a thousand times? */
    struct precopyml_features hidden = boundary(SET, 10 * SET, 3, 0);
    struct precopyml_features first = boundary(SET, 2 * SET / 3, 3, 0);

    (void)state;
    assert_true(ask(wishes(0.3, 99, 5), hidden).throttle >= 97);
    first.known &= ~(UINT64_C(1) << PRECOPYML_FEATURE_LAMBDA); /* only one round is known */
    assert_true(ask(wishes(0.3, 99, 5), first).throttle >= 97);
}

static void a_guess_out_of_reach_is_no_reason_to_give_up(void **state)
{
    /* 10 MB that are never sent: what 33 MB/s leave beside them takes over 0.3 s, 3 MB/s do not. */
    struct precopyml_features first = boundary(SET, 330e6, 3, 0);

    (void)state;
    first.known &= ~(UINT64_C(1) << PRECOPYML_FEATURE_LAMBDA);
    precopyml_features_set(&first, PRECOPYML_FEATURE_UNSENT, 10e6);
    assert_int_equal(ask(wishes(0.3, 99, 0), first).verdict, PRECOPYML_THROTTLE);
    assert_true(ask(wishes(0.3, 99, 0), first).throttle == 99); /* all, for who knows */
    /* What is known to be as fast is not helped by any. */
    precopyml_features_set(&first, PRECOPYML_FEATURE_LAMBDA, 1);
    precopyml_features_set(&first, PRECOPYML_FEATURE_WRITE_RATE, 3.3e9);
    assert_true(isnan(ask(wishes(0.3, 99, 0), first).throttle));
}

static void a_fit_that_saw_no_end_does_not_count(void **state)
{
    /* All of its set dirty again in 0.15 s of vCPU time: 2 GB/s, or any more. */
    struct precopyml_features answered = boundary(SET, 36e9, 3, 95);

    (void)state;
    assert_int_equal(ask(wishes(0.4, 99, 0), answered).verdict, PRECOPYML_THROTTLE);
}

static void response_raises_the_percentage(void **state)
{
    /* Throttled by 80 %, the guest still leaves nearly all of its set: 20 times the link's speed.
     */
    struct precopyml_features answered = boundary(0.97 * SET, 20 * LINK, 3, 80);
    struct precopyml_decision decision = ask(wishes(0.3, 99, 5), answered);

    (void)state;
    assert_int_equal(decision.verdict, PRECOPYML_THROTTLE);
    assert_true(decision.throttle > 95);
    /* At what is enough it is left alone. */
    answered = boundary(0.5 * SET, 20 * LINK, 3, 99);
    assert_int_equal(ask(wishes(0.3, 99, 5), answered).verdict, PRECOPYML_CONTINUE);
}

static void deadline_goes_before_a_throttle(void **state)
{
    struct precopyml_session_options options = wishes(0.3, 99, 0);
    struct precopyml_decision decision;

    (void)state;
    options.deadline = 5;
    decision = ask(options, known_writer(0));
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    assert_int_equal(decision.reason, PRECOPYML_REASON_DEADLINE);
    assert_true(isnan(decision.throttle));
    /* A hard maximum is a limit too. */
    options = wishes(0, 99, 0);
    options.hard_max = 0.5;
    assert_int_equal(ask(options, known_writer(0)).verdict, PRECOPYML_THROTTLE);
}

static void no_throttle_in_a_bandwidth_drop(void **state)
{
    struct precopyml_features features = known_writer(0);

    (void)state;
    precopyml_features_set(&features, PRECOPYML_FEATURE_BANDWIDTH_PEAK, 10 * LINK);
    assert_int_equal(ask(wishes(0.3, 99, 0), features).verdict, PRECOPYML_CONTINUE);
}

/* Rounds without throttle show a set, those under one how fast it is written. */
static void throttled_rounds_show_the_speed(void **state)
{
    const double a = 20, speed = 0.05; /* the set is written 20 times a second of vCPU time */
    struct working_set set;
    struct working_set_fit fit;

    (void)state;
    working_set_reset(&set);
    for (int i = 0; i < 3; i++)
        working_set_add(&set, 3, 1, SET, 0);
    fit = working_set_estimate(&set, 3 * speed);
    assert_true(fit.write_rate < 0.5 * a * SET); /* hidden */
    for (int i = 0; i < 3; i++)
        working_set_add(&set, 2 - 0.5 * i, speed, -SET * expm1(-a * speed * (2 - 0.5 * i)), 0);
    fit = working_set_estimate(&set, 1 * speed);
    assert_true(fabs(fit.write_rate / (a * SET) - 1) < 0.1);
    assert_true(fabs(fit.size / SET - 1) < 0.05);
}

static void a_throttled_guest_dirties_less(void **state)
{
    struct precopyml_features free_guest = boundary(SET, LINK, 3, 0);
    struct precopyml_features throttled = boundary(SET, LINK, 3, 75);
    double seconds_free, seconds_throttled;

    (void)state;
    assert_true(fabs(physics_dirtied(&throttled, 4) - physics_dirtied(&free_guest, 1)) < 1);
    physics_round(&free_guest, SET, &seconds_free);
    physics_round(&throttled, SET, &seconds_throttled);
    /* A sync waits half a cycle of 40 ms. */
    assert_true(fabs(seconds_throttled - seconds_free - 0.02) < 1e-9);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(throttles_only_where_that_is_allowed_and_needed),
        cmocka_unit_test(percentage_is_enough),
        cmocka_unit_test(lost_guest_time_has_its_price),
        cmocka_unit_test(waiting_under_a_throttle_has_its_price),
        cmocka_unit_test(a_weak_maximum_is_no_throttle),
        cmocka_unit_test(a_bound_out_of_reach_leaves_the_forecast),
        cmocka_unit_test(what_is_met_needs_no_throttle),
        cmocka_unit_test(a_hard_maximum_under_the_limit_is_met_too),
        cmocka_unit_test(nothing_left_for_now_is_not_nothing),
        cmocka_unit_test(hidden_writers_are_taken_for_fast_ones),
        cmocka_unit_test(a_guess_out_of_reach_is_no_reason_to_give_up),
        cmocka_unit_test(a_fit_that_saw_no_end_does_not_count),
        cmocka_unit_test(response_raises_the_percentage),
        cmocka_unit_test(deadline_goes_before_a_throttle),
        cmocka_unit_test(no_throttle_in_a_bandwidth_drop),
        cmocka_unit_test(throttled_rounds_show_the_speed),
        cmocka_unit_test(a_throttled_guest_dirties_less),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
