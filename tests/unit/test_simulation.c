/* SPDX-License-Identifier: MIT */
/* Whole simulated migrations whose course can be worked out by hand. */
#include "simulations.h"

static const double link_rate = 125e6 * 0.956;

static void an_idle_guest_takes_two_rounds(void **state)
{
    struct scenario scenario = plain(100000);
    double bytes = 100000 * SENDER_PAGE + 162144 * SENDER_ZERO;
    const struct record *record = run(&scenario, 1);
    const struct simulation_sample *last = &record->sample[record->samples - 1];

    (void)state;
    assert_int_equal(record->result.end, SIMULATION_QEMU);
    assert_near(record->result.boundaries, 1, 0);
    assert_near(record->result.transferred, bytes, 0);
    assert_near(last->normal, 100000, 0);
    assert_near(last->zero, 162144, 0);
    assert_near(last->remaining, 0, 0);
    assert_true(last->completed);
    /* passes 1, QEMU's check, and the one while the guest stands; then STOP and RESUME */
    assert_int_equal(record->events, 5);
    assert_near(record->event[0].pending, 262144, 0);
    assert_near(record->event[1].newly, 0, 0);
    assert_int_equal(record->event[2].kind, SIMULATION_STOP);
    assert_near(record->event[3].newly, 0, 0);
    assert_int_equal(record->event[4].kind, SIMULATION_RESUME);
}

/* Zeros cost the time of looking at them, other pages that of the link. */
static void the_first_pass_takes_its_bytes(void **state)
{
    struct scenario scenario = plain(100000);
    double seconds = 100000 * SENDER_PAGE / link_rate + 162144 * scenario.sender.page_time;
    const struct record *record;

    (void)state;
    scenario.sender.limit = 1e-6; /* so that the round is sent to its end */
    record = run(&scenario, 1);
    assert_near(record->event[1].t - record->event[0].t, seconds, 1e-4);
}

static void a_uniform_writer_follows_the_formula(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;
    size_t rounds = 0;

    (void)state;
    add_writer(&scenario, 51200, 15000);
    scenario.sender.limit = 0.002;
    record = run(&scenario, 1);
    for (size_t i = 1; i < record->events && record->event[i].kind == SIMULATION_PASS; i++) {
        const struct simulation_event *event = &record->event[i];
        double seconds = event->t - record->event[i - 1].t;
        double unsent = event->pending - event->newly;

        if (i == 1) /* the writer was there before the first pass */
            seconds = event->t;
        assert_near(event->newly, (51200 - unsent) * (1 - exp(-15000 * seconds / 51200)),
                    1.5 + unsent * 0.01);
        rounds++;
    }
    assert_true(rounds >= 5);
    assert_int_equal(record->result.end, SIMULATION_QEMU);
}

static void a_fast_writer_stays_at_its_set(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;

    (void)state;
    add_writer(&scenario, 76800, 1e7);
    scenario.control.stop_least = scenario.control.stop_most = 6;
    scenario.sender.limit = 0.01;
    record = run(&scenario, 1);
    for (size_t i = 1; i < 6; i++) {
        assert_int_equal(record->event[i].kind, SIMULATION_PASS);
        assert_near(record->event[i].pending, 76800, 0);
    }
    assert_int_equal(record->result.end, SIMULATION_FORCE);
    assert_near(record->result.boundaries, 7, 0); /* QEMU's check makes one more */
    assert_near(record->result.downtime, 76800 * SENDER_PAGE / link_rate, 5e-3);
    assert_near(record->result.forced_t, record->event[6].t, 5e-3);
}

/* The same limit in a longer run: unstopped for a while, then stopped. */
static void a_stop_comes_after_its_time(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;

    (void)state;
    add_writer(&scenario, 76800, 1e7);
    scenario.control.unstopped = 30;
    record = run(&scenario, 1);
    assert_int_equal(record->result.end, SIMULATION_FORCE);
    assert_true(record->result.forced_t > 30 && record->result.forced_t < 30.2);
    assert_true(record->result.stopped_t > 30 && record->result.stopped_t < 30.5);
}

static void nobody_stops_what_does_not_converge(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;

    (void)state;
    add_writer(&scenario, 76800, 1e7);
    scenario.control.give_up = 40;
    record = run(&scenario, 1);
    assert_int_equal(record->result.end, SIMULATION_CANCELLED);
    assert_true(isnan(record->result.downtime));
    assert_true(record->result.total > 40 && record->result.total < 40.2);
    scenario.sender.throttle.enabled = true;
    scenario.control.give_up = 200;
    record = run(&scenario, 1);
    assert_near(record->result.throttle, 99, 0);
}

/* One write a page and 2 s: at 1 % of the speed of its processor it dirties less than is sent. */
static void throttling_lets_a_writer_converge(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;

    (void)state;
    add_writer(&scenario, 76800, 38400);
    scenario.control.give_up = 200;
    record = run(&scenario, 1);
    assert_int_equal(record->result.end, SIMULATION_CANCELLED);
    scenario.sender.throttle.enabled = true;
    record = run(&scenario, 1);
    assert_int_equal(record->result.end, SIMULATION_QEMU);
    assert_true(record->result.throttle >= 20);
}

static void a_round_ends_under_bandwidth_times_limit(void **state)
{
    struct scenario scenario = plain(262144);
    const struct record *record;
    double unsent;

    (void)state;
    add_writer(&scenario, 130000, 1e7);
    scenario.sender.limit = 0.5;
    scenario.control.give_up = 30;
    record = run(&scenario, 1);
    for (size_t i = 1; i < 4; i++) {
        unsent = (record->event[i].pending - record->event[i].newly) * SCENARIO_PAGE;
        /* seen after a slice of 50 ms at most */
        assert_true(unsent < link_rate * 0.5 && unsent > link_rate * (0.5 - 0.055));
    }
}

/* QEMU's trap: nothing is ever under a threshold of 0, so that it stops without having looked. */
static void a_limit_of_nothing_stops_blindly(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;

    (void)state;
    add_writer(&scenario, 76800, 1e7);
    scenario.sender.limit = 0;
    record = run(&scenario, 1);
    assert_int_equal(record->result.end, SIMULATION_QEMU);
    assert_near(record->result.boundaries, 0, 0);
    assert_near(record->result.downtime, 76800 * SENDER_PAGE / link_rate, 5e-3);
}

static void a_cap_holds_until_switchover(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;
    double cap = 32 << 20;

    (void)state;
    add_writer(&scenario, 25600, 1e7);
    scenario.sender.cap = cap;
    scenario.sender.limit = 0.01;
    scenario.control.stop_least = scenario.control.stop_most = 2;
    record = run(&scenario, 1);
    for (size_t i = 0; i + 1 < record->samples; i++)
        assert_true(record->sample[i].bandwidth <= cap + 10 * SENDER_PAGE);
    assert_near(record->event[1].t - record->event[0].t, 200000 * SENDER_PAGE / cap, 0.3);
    assert_near(record->result.downtime, 25600 * SENDER_PAGE / link_rate, 5e-3);
}

static void a_drop_takes_its_time(void **state)
{
    struct scenario scenario = plain(262144);
    double bytes = 262144 * SENDER_PAGE, before = (2 - 0.002) * link_rate;
    double during = 3 * 0.1 * link_rate;
    const struct record *record;

    (void)state;
    scenario.link.drop = (struct activity){.start = 2, .end = 5};
    scenario.link.drop_share = 0.1;
    record = run(&scenario, 1);
    assert_near(record->result.total, 5 + (bytes - before - during) / link_rate, 5e-3);
    assert_true(record->result.total > 11);
}

static void half_zeros_cost_half(void **state)
{
    struct scenario scenario = plain(200000);
    const struct simulation_sample *last;
    const struct record *record;

    (void)state;
    scenario.guest.class[0] = (struct page_class){
        .pages = 100000, .rate = 0, .zero_share = 0.5, .activity = ACTIVITY_ALWAYS};
    scenario.guest.count = 1;
    record = run(&scenario, 1);
    last = &record->sample[record->samples - 1];
    assert_near(last->normal, 150000, 1);
    assert_near(last->zero, 62144 + 50000, 1);
    assert_near(last->transferred, last->normal * SENDER_PAGE + last->zero * SENDER_ZERO, 0);
}

/* The first half of the pages is sent while they hold something, the others while they are zeros.
 */
static void zeros_count_when_they_are_sent(void **state)
{
    struct scenario scenario = plain(262144);
    double half = 262144 * SENDER_PAGE / link_rate / 2;
    const struct simulation_sample *last;
    const struct record *record;

    (void)state;
    scenario.guest.class[0] = (struct page_class){.pages = 262144,
                                                  .zero_share = 1,
                                                  .zeros = {half, INFINITY, 0, 0},
                                                  .activity = ACTIVITY_ALWAYS};
    scenario.guest.count = 1;
    record = run(&scenario, 1);
    last = &record->sample[record->samples - 1];
    assert_near(last->normal, 131072, 100); /* the first pass begins 2 ms late */
    assert_near(last->normal + last->zero, 262144, 0);
    assert_near(record->result.total, half + 131072 * scenario.sender.page_time, 5e-3);
}

static void the_poller_sees_every_tenth_and_every_pass(void **state)
{
    struct scenario scenario = plain(200000);
    const struct record *record;
    size_t on_time = 0, passes = 0;
    double before = 0;

    (void)state;
    add_writer(&scenario, 25600, 1e7);
    scenario.control.unstopped = 20;
    scenario.sender.limit = 0.01;
    record = run(&scenario, 1);
    for (size_t i = 0; i < record->samples; i++) {
        const struct simulation_sample *sample = &record->sample[i];

        assert_true(sample->t >= before);
        assert_true(sample->t == before || sample->transferred > 0);
        before = sample->t;
        on_time += fabs(sample->t * 10 - rint(sample->t * 10)) < 1e-6;
    }
    assert_true(on_time >= 200 && on_time <= 203);
    for (size_t i = 0; i < record->events && record->event[i].kind == SIMULATION_PASS; i++) {
        size_t seen = 0;

        for (size_t j = 0; j < record->samples; j++)
            seen += record->sample[j].syncs == record->event[i].pass &&
                    record->sample[j].t - record->event[i].t < 3.1e-3;
        passes += seen >= 1;
    }
    assert_true(passes >= 15);
    assert_true(passes + 1 >= record->result.boundaries); /* but for the check right before STOP */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_guest_takes_two_rounds),
        cmocka_unit_test(the_first_pass_takes_its_bytes),
        cmocka_unit_test(a_uniform_writer_follows_the_formula),
        cmocka_unit_test(a_fast_writer_stays_at_its_set),
        cmocka_unit_test(a_stop_comes_after_its_time),
        cmocka_unit_test(nobody_stops_what_does_not_converge),
        cmocka_unit_test(throttling_lets_a_writer_converge),
        cmocka_unit_test(a_round_ends_under_bandwidth_times_limit),
        cmocka_unit_test(a_limit_of_nothing_stops_blindly),
        cmocka_unit_test(a_cap_holds_until_switchover),
        cmocka_unit_test(a_drop_takes_its_time),
        cmocka_unit_test(half_zeros_cost_half),
        cmocka_unit_test(zeros_count_when_they_are_sent),
        cmocka_unit_test(the_poller_sees_every_tenth_and_every_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
