/* SPDX-License-Identifier: MIT */
/* Sessions and policies: the right verdicts, and the promises of the hot calls. */
#include <errno.h>
#include <fenv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocations.h"
#include "boundaries.h"
#include "snapshots.h"
#include "vector.h"

static const struct guest guest = {1000e6, 300e6, 100e6, 1};

static precopyml_session *open_session(const struct precopyml_session_options *options)
{
    precopyml_model *model = NULL;
    precopyml_session *session = NULL;

    assert_int_equal(precopyml_model_builtin(&model), 0);
    assert_int_equal(precopyml_session_create(model, options, &session), 0);
    precopyml_model_unref(&model); /* the session holds its own reference */
    return session;
}

/* Follows the guest at 100 ms until STOP or `end`; returns the last decision. */
static struct precopyml_decision follow(precopyml_session *session, const struct guest *which,
                                        double end)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    for (double t = 0.05; t < end; t += 0.1) {
        struct precopyml_stats stats = guest_at(which, t);

        if (precopyml_session_observe(session, &stats) != 1)
            continue;
        assert_int_equal(precopyml_should_stop(session, NULL, &decision), 0);
        if (decision.verdict == PRECOPYML_STOP)
            break;
    }
    return decision;
}

static struct precopyml_decision ask(const struct precopyml_session_options *options,
                                     struct precopyml_features features)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    precopyml_session *session = open_session(options);

    assert_int_equal(precopyml_should_stop(session, &features, &decision), 0);
    precopyml_session_destroy(&session);
    assert_null(session);
    return decision;
}

static void optimal_ends_a_plateau_in_a_few_rounds(void **state)
{
    precopyml_session *session = open_session(NULL);
    struct precopyml_decision decision = follow(session, &guest, 60);

    (void)state;
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    assert_int_equal(decision.reason, PRECOPYML_REASON_NO_GAIN);
    assert_in_range(decision.boundary, 1, 3);
    assert_true(fabs(decision.downtime - 3.0) < 0.1);
    assert_true(decision.downtime_floor <= decision.downtime);
    assert_true(decision.total_time > decision.downtime);
    assert_true(isnan(decision.downtime_lower) && isnan(decision.downtime_upper));
    assert_true(isnan(decision.throttle));
    precopyml_session_destroy(&session);
}

static void threshold_alone_never_ends_that_plateau(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_session *session;
    struct precopyml_decision decision;

    (void)state;
    options.policy = "threshold";
    options.downtime_limit = 0.3;
    session = open_session(&options);
    decision = follow(session, &guest, 120);
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    assert_int_equal(decision.reason, PRECOPYML_REASON_ABOVE_LIMIT);
    assert_in_range(decision.boundary, 30, 40);
    precopyml_session_destroy(&session);
}

static void optimal_waits_while_rounds_shrink_and_not_longer(void **state)
{
    struct precopyml_decision decision;

    (void)state;
    /* 100 MB/s link; the guest dirties 20 MB/s: each round leaves a fifth. */
    decision = ask(NULL, boundary_at(500e6, 100e6, 2e9, 20e6));
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    assert_int_equal(decision.reason, PRECOPYML_REASON_PAYS);
    assert_true(decision.downtime_next < decision.downtime);
    /* A set that is dirty again at once: nothing to wait for. */
    decision = ask(NULL, boundary_at(500e6, 100e6, 500e6, 1e10));
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    /* A burst above the working set: the next boundary is expected lower. */
    decision = ask(NULL, boundary_at(900e6, 100e6, 300e6, 1e10));
    assert_int_equal(decision.reason, PRECOPYML_REASON_PAYS);
}

static void kappa_prices_the_downtime(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;

    (void)state;
    /* lambda 0.7 a round: pays while lambda < (1 + kappa) / (2 + kappa) */
    options.kappa = 0.5;
    assert_int_equal(ask(&options, boundary_at(500e6, 100e6, 5e10, 70e6)).verdict, PRECOPYML_STOP);
    options.kappa = 10;
    assert_int_equal(ask(&options, boundary_at(500e6, 100e6, 5e10, 70e6)).verdict,
                     PRECOPYML_CONTINUE);
}

static void limits_bind_as_documented(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    struct precopyml_decision decision;

    (void)state;
    /* A limit that waiting can reach is waited for, even at kappa 0. */
    options.kappa = 0;
    options.downtime_limit = 0.3;
    decision = ask(&options, boundary_at(500e6, 100e6, 5e9, 20e6));
    assert_int_equal(decision.reason, PRECOPYML_REASON_ABOVE_LIMIT);
    /* One that cannot be reached does not keep the guest for ever. */
    decision = ask(&options, boundary_at(500e6, 100e6, 500e6, 1e10));
    assert_int_equal(decision.reason, PRECOPYML_REASON_NO_GAIN);
    /* Met, but more is to be had: a constraint, not a trigger; unless asked. */
    options.kappa = 1000;
    decision = ask(&options, boundary_at(20e6, 100e6, 5e9, 20e6));
    assert_int_equal(decision.reason, PRECOPYML_REASON_PAYS);
    options.stop_when_met = 1;
    decision = ask(&options, boundary_at(20e6, 100e6, 5e9, 20e6));
    assert_int_equal(decision.reason, PRECOPYML_REASON_LIMIT_MET);

    options = (struct precopyml_session_options)PRECOPYML_SESSION_OPTIONS_INIT;
    options.hard_max = 2;
    options.deadline = 10;
    decision = ask(&options, boundary_at(500e6, 100e6, 500e6, 1e10));
    assert_int_equal(decision.reason, PRECOPYML_REASON_ABOVE_HARD_MAX);
    options.hard_max = 0;
    decision = ask(&options, boundary_at(500e6, 100e6, 2e9, 20e6));
    assert_int_equal(decision.reason, PRECOPYML_REASON_DEADLINE);
    assert_int_equal(decision.verdict, PRECOPYML_STOP);

    options.policy = "slo"; /* the built-in model has no bound, and none is invented */
    options.downtime_limit = 100;
    options.deadline = 0;
    options.confidence = 0.9;
    decision = ask(&options, boundary_at(1e6, 100e6, 1e6, 1e6));
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    assert_int_equal(decision.reason, PRECOPYML_REASON_BOUND_UNKNOWN);
    assert_true(decision.flags & PRECOPYML_FLAG_UNCALIBRATED);
}

static void nothing_left_is_a_reason_to_stop_within_the_hard_maximum(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    struct precopyml_features features = boundary_at(0, 100e6, 500e6, 1e10);

    (void)state;
    assert_int_equal(ask(&options, features).reason, PRECOPYML_REASON_EMPTY);
    options.hard_max = 0.001; /* less than the overhead */
    assert_int_equal(ask(&options, features).reason, PRECOPYML_REASON_ABOVE_HARD_MAX);
    options.hard_max = 0;
    options.policy = "threshold";
    options.downtime_limit = 1;
    precopyml_features_set(&features, PRECOPYML_FEATURE_OTHER_PENDING, 5e9); /* a disk */
    assert_int_equal(ask(&options, features).reason, PRECOPYML_REASON_ABOVE_LIMIT);
    precopyml_features_set(&features, PRECOPYML_FEATURE_OTHER_PENDING, 0);
    assert_int_equal(ask(&options, features).reason, PRECOPYML_REASON_EMPTY);
}

static void never_decides_inside_a_bandwidth_drop(void **state)
{
    struct precopyml_features features = boundary_at(500e6, 20e6, 500e6, 1e10);

    (void)state;
    precopyml_features_set(&features, PRECOPYML_FEATURE_BANDWIDTH_PEAK, 100e6);
    assert_int_equal(ask(NULL, features).reason, PRECOPYML_REASON_BANDWIDTH_DROP);
}

static void unknown_or_absurd_inputs_never_stop_a_guest(void **state)
{
    static const double absurd[] = {NAN, INFINITY, -INFINITY, -1e9, 0, 1e308, 5e-324};
    precopyml_session *session = open_session(NULL);

    (void)state;
    for (int id = 0; id < PRECOPYML_FEATURE_COUNT; id++) {
        for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
            /* Going on pays here, so a STOP could only come from the absurd value. */
            struct precopyml_features features = boundary_at(500e6, 100e6, 2e9, 20e6);
            struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
            int error;

            features.known |= UINT64_C(1) << id;
            features.value[id] = absurd[i];
            error = precopyml_should_stop(session, &features, &decision);
            if (error || !isfinite(absurd[i]))
                assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
            if (decision.verdict == PRECOPYML_STOP)
                assert_true(isfinite(decision.downtime) && decision.downtime >= 0);
        }
    }
    precopyml_session_destroy(&session);
}

static void errors_leave_continue_and_a_reason(void **state)
{
    precopyml_session *session = open_session(NULL);
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    struct precopyml_features empty = PRECOPYML_FEATURES_INIT;

    (void)state;
    decision.verdict = PRECOPYML_STOP;
    assert_int_equal(precopyml_should_stop(session, NULL, &decision), -EAGAIN);
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    assert_int_equal(decision.reason, PRECOPYML_REASON_NO_BOUNDARY);
    assert_int_equal(precopyml_should_stop(session, &empty, &decision), -EPROTO);
    assert_int_equal(decision.reason, PRECOPYML_REASON_UNKNOWN_INPUT);
    empty.size = 3;
    assert_int_equal(precopyml_should_stop(session, &empty, &decision), -EINVAL);
    decision.verdict = PRECOPYML_STOP;
    assert_int_equal(precopyml_should_stop(NULL, NULL, &decision), -EINVAL);
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    decision.size = 4;
    assert_int_equal(precopyml_should_stop(session, NULL, &decision), -EINVAL);
    decision.size = 4097;
    decision.verdict = PRECOPYML_STOP;
    assert_int_equal(precopyml_should_stop(session, NULL, &decision), -EINVAL);
    assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
    assert_int_equal(precopyml_should_stop(session, NULL, NULL), -EINVAL);
    assert_int_equal(precopyml_session_observe(NULL, NULL), -EINVAL);
    assert_int_equal(precopyml_session_observe(session, NULL), -EINVAL);
    precopyml_session_destroy(&session);
    precopyml_session_destroy(&session);
    precopyml_session_destroy(NULL);
}

static void options_out_of_range_are_named(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_model *model = NULL;
    precopyml_session *session = (void *)1;

    (void)state;
    assert_int_equal(precopyml_model_builtin(&model), 0);
    options.kappa = -1;
    assert_int_equal(precopyml_session_create(model, &options, &session), -EINVAL);
    assert_null(session);
    assert_non_null(strstr(precopyml_error_message(), "kappa"));
    options.kappa = NAN;
    assert_int_equal(precopyml_session_create(model, &options, &session), -EINVAL);
    options.kappa = 1;
    options.confidence = 1;
    assert_int_equal(precopyml_session_create(model, &options, &session), -EINVAL);
    assert_non_null(strstr(precopyml_error_message(), "confidence"));
    options.confidence = 0;
    options.policy = "slo";
    options.downtime_limit = 0.3;
    assert_int_equal(precopyml_session_create(model, &options, &session), -EINVAL);
    assert_non_null(strstr(precopyml_error_message(), "confidence"));
    options.downtime_limit = 0;
    options.policy = "coin";
    assert_int_equal(precopyml_session_create(model, &options, &session), -ENOTSUP);
    assert_non_null(strstr(precopyml_error_message(), "coin"));
    options.policy = "threshold";
    assert_int_equal(precopyml_session_create(model, &options, &session), -EINVAL);
    assert_non_null(strstr(precopyml_error_message(), "downtime_limit"));
    assert_int_equal(precopyml_session_create(NULL, NULL, &session), -EINVAL);

    /* An older caller's shorter options: kappa and all after it have their defaults. */
    options = (struct precopyml_session_options)PRECOPYML_SESSION_OPTIONS_INIT;
    options.size = offsetof(struct precopyml_session_options, kappa);
    options.kappa = -1;
    assert_int_equal(precopyml_session_create(model, &options, &session), 0);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}

static void hot_calls_leave_no_trace(void **state)
{
    precopyml_session *session = open_session(NULL);
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    precopyml_model *none = NULL;
    char message[256];
    unsigned long before;
    int raised;

    (void)state;
    assert_int_equal(precopyml_model_load_memory("no model", 8, &none), -EBADMSG);
    strcpy(message, precopyml_error_message());
    fesetround(FE_UPWARD);
    before = allocations();
    for (double t = 0.05; t < 30; t += 0.1) {
        struct precopyml_stats stats = guest_at(&guest, t);

        errno = 77;
        feclearexcept(FE_ALL_EXCEPT);
        feraiseexcept(FE_UNDERFLOW);
        raised = fetestexcept(FE_ALL_EXCEPT); /* valgrind has no such flags */
        precopyml_session_observe(session, &stats);
        precopyml_should_stop(session, NULL, &decision);
        precopyml_session_features(session, &features);
        features.value[PRECOPYML_FEATURE_WRITE_RATE] = 1e308;
        precopyml_should_stop(session, &features, &decision);
        assert_int_equal(fetestexcept(FE_ALL_EXCEPT), raised);
        assert_int_equal(errno, 77);
    }
    assert_int_equal(allocations(), before);
    assert_int_equal(fegetround(), FE_UPWARD);
    fesetenv(FE_DFL_ENV);
    assert_string_equal(message, precopyml_error_message());
    precopyml_session_destroy(&session);
}

static void note(enum precopyml_log_level level, const char *message, void *opaque)
{
    (void)level;
    *(const char **)opaque = message;
}

static void a_restart_is_followed_and_told(void **state)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    struct precopyml_stats stats;
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    precopyml_session *session;
    const char *told = NULL;

    (void)state;
    options.log = note;
    options.log_opaque = &told;
    session = open_session(&options);
    follow(session, &guest, 14);
    assert_int_equal(precopyml_session_features(session, &features), 0);
    stats = guest_at(&guest, 1);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 5000);
    assert_int_equal(precopyml_session_observe(session, &stats), 0);
    assert_non_null(told);
    assert_int_equal(precopyml_session_features(session, &features), -EAGAIN);
    precopyml_session_destroy(&session);
}

/* An exact caller's first snapshot of the next migration is a boundary of its own. */
static void a_restart_at_a_boundary_is_one(void **state)
{
    precopyml_session *session = open_session(NULL);
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    struct precopyml_stats stats;

    (void)state;
    follow(session, &guest, 14);
    stats = guest_at(&guest, 10);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 5000);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 1);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 900e6);
    assert_int_equal(precopyml_session_observe(session, &stats), 1);
    assert_int_equal(precopyml_should_stop(session, NULL, &decision), 0);
    assert_int_equal(decision.boundary, 1);
    assert_true(fabs(decision.downtime - 9.0) < 0.1);
    precopyml_session_destroy(&session);
}

/* A late sample finds nothing left of a round that left 300 MB at its sync, and will again. */
static void a_round_sent_before_it_is_seen_is_not_nothing(void **state)
{
    struct precopyml_features features = boundary_at(300e6, 1e9, 300e6, 1e9);
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;

    (void)state;
    options.policy = "threshold";
    options.downtime_limit = 0.1;
    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING, 0);
    assert_int_equal(ask(&options, features).verdict, PRECOPYML_CONTINUE);
    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, 0);
    assert_int_equal(ask(&options, features).reason, PRECOPYML_REASON_EMPTY);
    /* Nor is it anything where the last slice takes it, and little comes back. */
    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, 1e6);
    precopyml_features_set(&features, PRECOPYML_FEATURE_WRITE_RATE, 1e6);
    precopyml_features_set(&features, PRECOPYML_FEATURE_PAGE_DIRTY_RATE, 1e6);
    assert_int_equal(ask(&options, features).reason, PRECOPYML_REASON_EMPTY);
}

static void the_sync_that_begins_the_first_pass_is_no_boundary(void **state)
{
    precopyml_session *session = open_session(NULL);
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    struct precopyml_stats stats = guest_at(&guest, 0);

    (void)state;
    precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
    assert_int_equal(precopyml_session_observe(session, &stats), 0);
    assert_int_equal(precopyml_should_stop(session, NULL, &decision), -EAGAIN);
    /* Nor when it comes after a first look: counted, flagged, or seen by what remains. */
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 1000.1);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 2);
    assert_int_equal(precopyml_session_observe(session, &stats), 0);
    stats = guest_at(&guest, 0.2);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 2);
    assert_int_equal(precopyml_session_observe(session, &stats), 0);
    stats = guest_at(&guest, 10);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 3);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
    assert_int_equal(precopyml_session_observe(session, &stats), 1);
    assert_int_equal(precopyml_should_stop(session, NULL, &decision), 0);
    assert_int_equal(decision.boundary, 1);
    assert_int_equal(decision.iteration, 2);
    precopyml_session_destroy(&session);
}

/* Its size tells that it ends before what would be read next. */
static void a_struct_too_small_is_not_read(void **state)
{
    precopyml_session *session = open_session(NULL);
    size_t *size = malloc(sizeof *size);

    (void)state;
    assert_non_null(size);
    *size = sizeof *size;
    assert_int_equal(precopyml_session_observe(session, (struct precopyml_stats *)(void *)size),
                     -EINVAL);
    free(size);
    precopyml_session_destroy(&session);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimal_ends_a_plateau_in_a_few_rounds),
        cmocka_unit_test(threshold_alone_never_ends_that_plateau),
        cmocka_unit_test(optimal_waits_while_rounds_shrink_and_not_longer),
        cmocka_unit_test(kappa_prices_the_downtime),
        cmocka_unit_test(limits_bind_as_documented),
        cmocka_unit_test(nothing_left_is_a_reason_to_stop_within_the_hard_maximum),
        cmocka_unit_test(never_decides_inside_a_bandwidth_drop),
        cmocka_unit_test(unknown_or_absurd_inputs_never_stop_a_guest),
        cmocka_unit_test(errors_leave_continue_and_a_reason),
        cmocka_unit_test(options_out_of_range_are_named),
        cmocka_unit_test(hot_calls_leave_no_trace),
        cmocka_unit_test(a_round_sent_before_it_is_seen_is_not_nothing),
        cmocka_unit_test(the_sync_that_begins_the_first_pass_is_no_boundary),
        cmocka_unit_test(a_struct_too_small_is_not_read),
        cmocka_unit_test(a_restart_is_followed_and_told),
        cmocka_unit_test(a_restart_at_a_boundary_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
