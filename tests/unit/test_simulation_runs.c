/* SPDX-License-Identifier: MIT */
/* Many simulated migrations: what chance does, and what threads and observers must not do. */
#include "simulations.h"

static void overheads_have_a_bulk_and_a_tail(void **state)
{
    struct scenario scenario = plain(1000);
    enum { RUNS = 4000 };
    int over_bulk = 0, over_median = 0;

    (void)state;
    scenario.guest.pages = 1000;
    scenario.overhead.median = 0.03;
    scenario.overhead.tail_share = 0.1;
    scenario.overhead.tail_median = 1000;
    for (uint32_t i = 1; i <= RUNS; i++) {
        struct simulation_result result;

        assert_int_equal(simulate(&scenario, 3, i, NULL, &result), 0);
        over_bulk += result.overhead > 10;
        over_median += result.overhead > 0.03;
        assert_true(result.qemu_downtime <= result.downtime + 1e-9);
        assert_true(result.downtime >= result.overhead);
    }
    assert_near(over_bulk / (double)RUNS, 0.1, 0.02);
    assert_near(over_median / (double)RUNS, 0.55, 0.035); /* half of the bulk, all of the tail */
}

struct collected {
    struct simulation_result result[200];
};

static int collect(uint32_t number, unsigned thread, const struct simulation_result *result,
                   void *opaque)
{
    (void)thread;
    ((struct collected *)opaque)->result[number - 1] = *result;
    return 0;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void threads_change_nothing(void **state)
{
    static struct collected first, again, other;
    struct scenario scenario;
    struct batch batch = {.scenario = &scenario, .seed = 5, .runs = 200, .end = collect};
    int different = 0;

    (void)state;
    scenario_init(&scenario);
    add_writer(&scenario, 51200, 50000);
    scenario.guest.variation = 0.3;
    scenario.link.low = 75 << 20;
    scenario.control.stop_least = 1;
    scenario.control.stop_most = 10;
    batch.opaque = &first;
    assert_int_equal(batch_run(&batch), 0);
    batch.opaque = &again;
    batch.threads = 7;
    assert_int_equal(batch_run(&batch), 0);
    batch.opaque = &other;
    batch.seed = 6;
    assert_int_equal(batch_run(&batch), 0);
    for (int i = 0; i < 200; i++) {
        const struct simulation_result *a = &first.result[i], *b = &again.result[i];

        assert_true(a->end == b->end && same(a->downtime, b->downtime) &&
                    same(a->total, b->total) && same(a->forced_t, b->forced_t) &&
                    same(a->transferred, b->transferred));
        different += !same(a->total, other.result[i].total);
        different += i > 0 && !same(a->total, first.result[i - 1].total);
    }
    assert_int_equal(different, 399);
}

/* Whoever watches changes nothing either. */
static void watching_changes_nothing(void **state)
{
    struct scenario scenario;
    struct simulation_result alone;
    const struct record *record;

    (void)state;
    scenario_init(&scenario);
    add_writer(&scenario, 51200, 50000);
    scenario.control.stop_least = scenario.control.stop_most = 4;
    assert_int_equal(simulate(&scenario, 1, 9, NULL, &alone), 0);
    record = run(&scenario, 9);
    assert_true(same(alone.total, record->result.total));
    assert_true(same(alone.downtime, record->result.downtime));
}

static bool stop_at_third(const struct simulation_sample *sample, void *opaque)
{
    (void)opaque;
    return sample->syncs >= 4;
}

static void an_observer_may_stop_it(void **state)
{
    struct scenario scenario = plain(200000);
    struct simulation_observer observer = {.sample = stop_at_third};
    struct simulation_result result;

    (void)state;
    add_writer(&scenario, 76800, 1e7);
    assert_int_equal(simulate(&scenario, 1, 1, &observer, &result), 0);
    assert_int_equal(result.end, SIMULATION_FORCE);
    assert_near(result.boundaries, 4, 0);
}

static int fail_at_ten(uint32_t number, unsigned thread, const struct simulation_result *result,
                       void *opaque)
{
    (void)thread;
    (void)result;
    (void)opaque;
    return number == 10 ? 42 : 0;
}

static void nonsense_is_refused(void **state)
{
    struct scenario scenario = plain(1000);
    struct batch batch = {
        .scenario = &scenario, .seed = 1, .runs = 100, .threads = 3, .end = fail_at_ten};
    struct simulation_result result;

    (void)state;
    assert_int_equal(batch_run(&batch), 42);
    scenario.guest.used = 1e9;
    assert_int_equal(simulate(&scenario, 1, 1, NULL, &result), -EINVAL);
    assert_int_equal(batch_run(&batch), -EINVAL);
    scenario = plain(1000);
    scenario.link.low = NAN;
    assert_int_equal(simulate(&scenario, 1, 1, NULL, &result), -EINVAL);
    scenario = plain(1000);
    add_writer(&scenario, 2000, 1);
    assert_int_equal(simulate(&scenario, 1, 1, NULL, &result), -EINVAL);
    scenario = plain(1000);
    scenario.control.give_up = INFINITY;
    assert_int_equal(simulate(&scenario, 1, 1, NULL, &result), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overheads_have_a_bulk_and_a_tail),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(watching_changes_nothing),
        cmocka_unit_test(an_observer_may_stop_it),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
