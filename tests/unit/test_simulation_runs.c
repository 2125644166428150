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

static struct scenario busy(double ram, double limit, double least, double most)
{
    struct scenario scenario;

    scenario_init(&scenario);
    scenario.guest.pages = ram;
    scenario.guest.used = ram * 0.75;
    scenario.guest.variation = 0.3;
    scenario.guest.fake_share = 0.2;
    add_writer(&scenario, ram / 40, 300000);
    add_writer(&scenario, ram / 5, 9000);
    scenario.guest.class[1].zero_share = 0.4;
    scenario.guest.class[1].zeros = (struct activity){3, 40, 2, 1};
    scenario.guest.class[1].activity = (struct activity){1, INFINITY, 9, 6};
    scenario.sender.limit = limit;
    scenario.control.stop_least = least;
    scenario.control.stop_most = most;
    return scenario;
}

/*
 * Nobody watches: time goes from event to event instead of from slice to slice. The outcome is that
 * of the watched run, up to what rounding does to times and single pages.
 */
static void watching_changes_nothing(void **state)
{
    enum { SCENARIOS = 6, RUNS = 40 };
    struct scenario scenario[SCENARIOS] = {
        busy(1 << 20, 0.01, 1, 12), busy(1 << 18, 0.3, 0, 0), busy(1 << 17, 0.001, 0, 0),
        busy(1 << 18, 0.01, 1, 15), busy(1 << 18, 0.3, 0, 0), busy(1 << 18, 0.01, 2, 6),
    };

    (void)state;
    scenario[2].control.unstopped = 12.34;
    scenario[3].link.low = 75 << 20;
    scenario[3].link.drop = (struct activity){4, 6, 0, 0};
    scenario[3].link.drop_share = 0.2;
    scenario[4].sender.throttle.enabled = true;
    scenario[4].control.give_up = 17;
    scenario[5].sender.cap = 60e6;
    for (size_t i = 0; i < SCENARIOS; i++) {
        /* A look cuts a window of a capped sender in two: a page or two more or less. */
        double tolerance = isinf(scenario[i].sender.cap) ? 1e-9 : 1e-3;

        for (uint32_t number = 1; number <= RUNS; number++) {
            struct simulation_result alone;
            const struct simulation_result *watched = &run(&scenario[i], number)->result;

            assert_int_equal(simulate(&scenario[i], 1, number, NULL, &alone), 0);
            assert_int_equal(alone.end, watched->end);
            assert_near(alone.boundaries, watched->boundaries, 0);
            assert_near(alone.syncs, watched->syncs, 0);
            assert_near(alone.throttle, watched->throttle, 0);
            assert_near(alone.total, watched->total, tolerance);
            if (watched->end != SIMULATION_CANCELLED)
                assert_near(alone.downtime, watched->downtime, tolerance);
            assert_near(alone.transferred, watched->transferred, tolerance * 125e6);
        }
    }
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
