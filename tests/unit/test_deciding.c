/* SPDX-License-Identifier: MIT */
/* How long `optimal` waits, on series made by hand: a guest and a link whose phases are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <precopyml.h>

#include "phases.h"

static const double link_rate = 100e6;

/* A migration in the making; every round sends what remained at its start. */
struct made {
    precopyml_session *session;
    double time, remaining, sent, syncs;
    double throttle; /* percent in force */
};

static void show(struct made *made, double boundary)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, made->time);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ELAPSED, made->time);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, boundary);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, made->syncs);
    precopyml_stats_set(&stats, PRECOPYML_STAT_MEMORY_TOTAL, 8e9);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, made->remaining);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, made->sent);
    precopyml_stats_set(&stats, PRECOPYML_STAT_NORMAL_PAGES, made->sent / 4096);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ZERO_PAGES, 0);
    precopyml_stats_set(&stats, PRECOPYML_STAT_THROTTLE, made->throttle);
    precopyml_session_observe(made->session, &stats);
}

static void begin_with(struct made *made, const struct precopyml_session_options *options,
                       double memory)
{
    precopyml_model *model = NULL;

    *made = (struct made){.remaining = memory, .syncs = 1};
    assert_int_equal(precopyml_model_builtin(&model), 0);
    assert_int_equal(precopyml_session_create(model, options, &made->session), 0);
    precopyml_model_unref(&model);
    show(made, 0);
}

static void begin(struct made *made, double kappa, double memory)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;

    options.kappa = kappa;
    begin_with(made, &options, memory);
}

/* Sends all at `rate`, seen every 100 ms; the sync then finds `dirty` bytes. What is decided? */
static struct precopyml_decision finish_round(struct made *made, double rate, double dirty)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    while (made->remaining > 0) {
        double bytes = fmin(made->remaining, 0.1 * rate);

        made->time += bytes / rate;
        made->sent += bytes;
        made->remaining -= bytes;
        if (made->remaining > 0)
            show(made, 0);
    }
    made->remaining = dirty;
    made->syncs++;
    show(made, 1);
    assert_int_equal(precopyml_should_stop(made->session, NULL, &decision), 0);
    return decision;
}

static void end(struct made *made)
{
    precopyml_session_destroy(&made->session);
}

/* A guest of 1 GB that always rewrites 300 MB, until STOP; seconds. */
static double stopped_at(double kappa)
{
    struct made made;
    double time = 0;

    begin(&made, kappa, 1000e6);
    while (made.time < 300 && finish_round(&made, link_rate, 300e6).verdict != PRECOPYML_STOP)
        ;
    time = made.time;
    end(&made);
    return time;
}

/* Until the time spent is a fifth of what the downtime costs: 0.2 x (1 + kappa) x 3 s. */
static void patience_grows_with_what_the_downtime_costs(void **state)
{
    (void)state;
    assert_true(stopped_at(1) <= 13.1);
    assert_true(stopped_at(10) <= 13.1);
    assert_true(stopped_at(50) > 30 && stopped_at(50) <= 0.2 * 51 * 3 + 3.1);
    assert_true(stopped_at(100) > 57 && stopped_at(100) <= 0.2 * 101 * 3 + 3.1);
}

static void a_change_that_patience_waited_for_is_taken(void **state)
{
    struct made made;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    (void)state;
    begin(&made, 100, 1000e6);
    while (made.time < 100 && decision.verdict != PRECOPYML_STOP)
        decision = finish_round(&made, link_rate, made.time < 30 ? 300e6 : 5e6);
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    assert_true(made.time < 40);
    assert_true(decision.downtime < 0.1);
    end(&made);
}

/* The fit alone holds 470 MB after 530 MB for a plateau nearly reached; the decline itself does
 * not. Time is long enough here that patience plays no part. */
static void a_decline_is_not_ended_in_its_tail(void **state)
{
    struct made made;

    (void)state;
    begin(&made, 10, 2200e6);
    finish_round(&made, link_rate, 530e6);
    assert_int_equal(finish_round(&made, link_rate, 470e6).reason, PRECOPYML_REASON_PAYS);
    end(&made);
    begin(&made, 10, 2200e6);
    finish_round(&made, link_rate, 530e6);
    assert_int_equal(finish_round(&made, link_rate, 530e6).verdict, PRECOPYML_STOP);
    end(&made);
}

/* With 4 MB left, sent off in 40 ms, before QEMU looks whether to stop: not to be relied on. */
static void the_last_slice_is_not_counted_on(void **state)
{
    struct made made;
    struct precopyml_decision decision;

    (void)state;
    begin(&made, 100, 400e6);
    finish_round(&made, link_rate, 40e6);
    decision = finish_round(&made, link_rate, 4e6);
    assert_int_equal(decision.reason, PRECOPYML_REASON_PAYS);
    finish_round(&made, link_rate, 0.4e6);
    assert_int_equal(finish_round(&made, link_rate, 0.4e6).verdict, PRECOPYML_STOP);
    end(&made);
}

/* 200 MB for 8 s, 20 MB for 1 s, over and over. Asked all along, whatever it says. */
static void a_low_phase_that_was_seen_is_waited_for(void **state)
{
    struct made made;
    struct precopyml_decision decision;

    (void)state;
    begin(&made, 10, 4000e6);
    for (int i = 0; i < 4; i++)
        decision = finish_round(&made, link_rate, 200e6);
    assert_int_equal(decision.verdict, PRECOPYML_STOP); /* nothing told of it */
    for (int i = 0; i < 5; i++)
        decision = finish_round(&made, link_rate, 20e6);
    assert_int_equal(decision.verdict, PRECOPYML_STOP); /* this is it */
    for (int cycle = 0; cycle < 2; cycle++) {
        for (int i = 0; i < 4; i++)
            decision = finish_round(&made, link_rate, 200e6);
        assert_true(decision.downtime_floor < 0.3);
        if (cycle == 1)
            assert_int_equal(decision.reason, PRECOPYML_REASON_PAYS);
        for (int i = 0; i < 5; i++)
            decision = finish_round(&made, link_rate, 20e6);
    }
    for (int i = 0; i < 40; i++) /* it does not come again */
        decision = finish_round(&made, link_rate, 200e6);
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    end(&made);
}

/* Longer than the bandwidth's own windows remember. */
static void a_long_bandwidth_drop_is_waited_out(void **state)
{
    struct made made;

    (void)state;
    begin(&made, 10, 2000e6);
    finish_round(&made, link_rate, 100e6);
    for (int i = 0; i < 3; i++)
        assert_int_equal(finish_round(&made, 4e6, 100e6).reason, PRECOPYML_REASON_BANDWIDTH_DROP);
    for (int i = 0; i < 8; i++)
        finish_round(&made, link_rate, 100e6);
    assert_int_equal(finish_round(&made, link_rate, 100e6).verdict, PRECOPYML_STOP);
    end(&made);
}

/* Seen at syncs alone, a second apart, while not a byte is sent. */
static void a_dead_link_is_no_time_to_stop(void **state)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    struct made made;

    (void)state;
    begin(&made, 1, 1000e6); /* at kappa 1 such a guest would be stopped at once */
    for (int second = 0; second < 20; second++) {
        made.time += 1;
        made.sent += second < 10 ? 100e6 : 0;
        made.remaining = second < 9 ? 900e6 - 100e6 * second : 100e6;
        made.syncs += second >= 9;
        show(&made, second >= 9);
        if (second < 11) /* where it begins cannot be known */
            continue;
        assert_int_equal(precopyml_should_stop(made.session, NULL, &decision), 0);
        assert_int_equal(decision.verdict, PRECOPYML_CONTINUE);
        assert_int_equal(decision.reason, PRECOPYML_REASON_BANDWIDTH_DROP);
    }
    end(&made);
}

/* QEMU throttles by 99 % at most; whoever reports more still has a guest that runs. */
static void a_throttle_of_all_is_taken_for_nearly_all(void **state)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    struct made made;

    (void)state;
    begin(&made, 10, 1000e6);
    made.throttle = 100;
    for (double dirty = 300e6; dirty > 1e6; dirty /= 4) {
        decision = finish_round(&made, link_rate, dirty);
        assert_int_not_equal(decision.reason, PRECOPYML_REASON_UNKNOWN_INPUT);
    }
    while (made.time < 100 && decision.verdict != PRECOPYML_STOP)
        decision = finish_round(&made, link_rate, 1e6);
    assert_int_equal(decision.verdict, PRECOPYML_STOP);
    end(&made);
}

/* As long as the recovery would save, (1 + kappa) x 24 s, and not for ever. */
static void a_link_that_stays_slow_is_accepted(void **state)
{
    struct made made;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    (void)state;
    begin(&made, 1, 2000e6);
    finish_round(&made, link_rate, 100e6);
    while (made.time < 1000 && decision.verdict != PRECOPYML_STOP)
        decision = finish_round(&made, 4e6, 100e6);
    assert_true(made.time > 45 + 48 && made.time < 150);
    end(&made);
}

/*
 * A guest of 1 GB and its set of 300 MB, throttled by 99 % from 13 s on. From 16 s on a round
 * leaves `leaves` bytes. When is it stopped, s?
 */
static double stopped_throttled(double limit, double most, double sigma, double leaves)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    struct made made;

    options.downtime_limit = limit;
    options.throttle_max = most;
    options.sigma = sigma;
    begin_with(&made, &options, 1000e6);
    finish_round(&made, link_rate, 300e6);
    made.throttle = 99;
    finish_round(&made, link_rate, 300e6);
    while (made.time < 100 && decision.verdict != PRECOPYML_STOP)
        decision = finish_round(&made, link_rate, leaves);
    end(&made);
    return made.time;
}

/* As long again as it took until the throttle helped; 60 MB take twice the limit. */
static void a_limit_is_waited_for_under_a_throttle(void **state)
{
    double stopped = stopped_throttled(0.3, 99, 0, 60e6);

    (void)state;
    assert_true(stopped >= 32 && stopped < 33);
    stopped = stopped_throttled(0.3, 99, 1, 60e6); /* of which each second is worth two */
    assert_true(stopped >= 16 + 16 / 1.99 && stopped < 16 + 16 / 1.99 + 1);
    assert_true(stopped_throttled(0.3, 0, 0, 60e6) < 18);  /* it was not ours to wait for */
    assert_true(stopped_throttled(0, 99, 0, 60e6) < 18);   /* there is none */
    assert_true(stopped_throttled(0.3, 99, 0, 5e6) < 18);  /* it is met */
    assert_true(stopped_throttled(2, 99, 0, 250e6) < 100); /* nothing helped, nothing is owed */
}

static void what_a_throttle_brought_is_known(void **state)
{
    struct phases phases;

    (void)state;
    phases_reset(&phases);
    phases_throttle(&phases, 1, 300, NAN);
    phases_throttle(&phases, 2, 140, 0); /* less by itself */
    phases_throttle(&phases, 2.5, 60, 1);
    phases_throttle(&phases, 2.7, 140, 1); /* ready to throttle, no more */
    assert_true(isnan(phases.helped_from));
    phases_throttle(&phases, 3, 100, 50);
    phases_throttle(&phases, 4, 51, 50);
    assert_true(isnan(phases.helped_from));
    phases_throttle(&phases, 5, 49, 50);
    phases_throttle(&phases, 6, 90, 50); /* it has, all the same */
    phases_throttle(&phases, 6.5, 90, NAN);
    assert_true(phases.helped_from == 5 && !phases.untried);
    phases_throttle(&phases, 7, 40, 60); /* another one */
    assert_true(phases.helped_from == 7 && phases.untried);
    phases_throttle(&phases, 8, 10, 0);
    assert_true(isnan(phases.helped_from) && phases.unthrottled == 100);
}

static void phases_are_told_apart(void **state)
{
    struct phases phases;

    (void)state;
    phases_reset(&phases);
    phases_add(&phases, 10, 300, 1, 1, 1);
    phases_add(&phases, 20, 160, 1, 1, 1); /* a decline, not a fall */
    assert_int_equal(phases.falls, 0);
    phases_add(&phases, 30, 50, 1, 1, 1);
    phases_add(&phases, 31, 40, 1, 1, 1);
    phases_add(&phases, 32, 60, 1, 1, 1);
    assert_int_equal(phases.falls, 1);
    assert_true(phases.low == 40); /* the least */
    assert_true(isnan(phases_wait(&phases, 32)));
    phases_add(&phases, 40, 300, 1, 1, 1);
    assert_true(isnan(phases_wait(&phases, 41))); /* none was seen from its beginning */
    phases_add(&phases, 52, 50, 1, 1, 1);
    phases_add(&phases, 60, 300, 1, 1, 1);
    assert_true(phases_wait(&phases, 62) == 10);
    assert_true(phases_wait(&phases, 74) == 0);
    assert_true(isnan(phases_wait(&phases, 76)));
}

static void zeros_are_believed_by_and_by(void **state)
{
    static const double seen[] = {1, 0, 0, 0, 0.6, 0.5}, planned[] = {1, 1, 0.5, 0.25, 0.6, 0.6};
    struct phases phases;

    (void)state;
    phases_reset(&phases);
    for (int i = 0; i < 6; i++) {
        phases_add(&phases, i, 100, seen[i], 1, 1);
        assert_true(phases.share == planned[i]);
    }
    phases_add(&phases, 6, 100, NAN, 1, 1); /* nothing was sent */
    assert_true(phases.share == 0.5);

    phases_reset(&phases);
    phases_add(&phases, 0, 100, NAN, 1, 1); /* the first pass: nothing was sent again */
    assert_true(phases.share == 1);
    phases_add(&phases, 1, 100, 0, 1, 1);
    assert_true(phases.share == 0.5);
}

static void unknown_numbers_leave_phases_as_they_were(void **state)
{
    struct phases phases;

    (void)state;
    phases_reset(&phases);
    phases_add(&phases, 1, 100, 1, 10, 10);
    phases_add(&phases, 2, NAN, 1, NAN, NAN);
    assert_true(phases.level == 100 && phases.fastest == 10 && isnan(phases.slow_from));
    phases_add(&phases, 3, 100, 1, 4, 4);
    phases_add(&phases, 4, 100, 1, 4, 4);
    assert_true(phases.slow_from == 3);
    phases_add(&phases, 5, 100, 1, 6, 6);
    assert_true(isnan(phases.slow_from));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patience_grows_with_what_the_downtime_costs),
        cmocka_unit_test(a_change_that_patience_waited_for_is_taken),
        cmocka_unit_test(a_decline_is_not_ended_in_its_tail),
        cmocka_unit_test(the_last_slice_is_not_counted_on),
        cmocka_unit_test(a_low_phase_that_was_seen_is_waited_for),
        cmocka_unit_test(a_long_bandwidth_drop_is_waited_out),
        cmocka_unit_test(a_dead_link_is_no_time_to_stop),
        cmocka_unit_test(a_throttle_of_all_is_taken_for_nearly_all),
        cmocka_unit_test(a_link_that_stays_slow_is_accepted),
        cmocka_unit_test(a_limit_is_waited_for_under_a_throttle),
        cmocka_unit_test(what_a_throttle_brought_is_known),
        cmocka_unit_test(phases_are_told_apart),
        cmocka_unit_test(zeros_are_believed_by_and_by),
        cmocka_unit_test(unknown_numbers_leave_phases_as_they_were),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
