/* SPDX-License-Identifier: MIT */
/* The link's rate from snapshots: what does not count for it, and over how long a time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bandwidth.h"

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%g is not %g", value, expected);
}

static void zero_page_scans_and_idle_windows_do_not_count(void **state)
{
    struct bandwidth bandwidth;
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    struct bandwidth_summary summary;
    double sent = 0, zero = 0, normal = 0;

    (void)state;
    bandwidth_reset(&bandwidth);
    assert_true(isnan(bandwidth_summarize(&bandwidth, 0).recent));
    for (int i = 0; i <= 40; i++) {
        int scanning = i % 4 >= 2;

        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 0.1 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, sent);
        precopyml_stats_set(&stats, PRECOPYML_STAT_ZERO_PAGES, zero);
        precopyml_stats_set(&stats, PRECOPYML_STAT_NORMAL_PAGES, normal);
        bandwidth_observe(&bandwidth, &stats);
        sent += scanning ? 1e6 : 10e6;
        zero += scanning ? 90000 : 0;
        normal += scanning ? 200 : 2440;
    }
    summary = bandwidth_summarize(&bandwidth, 1e9);
    assert_near(summary.recent, 100e6);
    assert_near(summary.matched, 100e6);
    assert_near(summary.peak, 100e6);
    assert_near(1 + summary.spread, 1);
}

/* Two seconds at `before`, then one at `after`, bytes/s. */
static struct bandwidth link_that_changes(double before, double after)
{
    struct bandwidth bandwidth;
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    double sent = 0;

    bandwidth_reset(&bandwidth);
    for (int i = 0; i <= 30; i++) {
        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 0.1 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, sent);
        bandwidth_observe(&bandwidth, &stats);
        sent += 0.1 * (i < 20 ? before : after);
    }
    return bandwidth;
}

static void it_is_that_of_as_long_a_time(void **state)
{
    struct bandwidth rise = link_that_changes(60e6, 100e6), drop = link_that_changes(100e6, 30e6);

    (void)state;
    assert_near(bandwidth_summarize(&rise, 10e6).matched, 100e6);
    assert_near(bandwidth_summarize(&rise, NAN).matched, 100e6);
    assert_near(bandwidth_summarize(&rise, 160e6).matched, 80e6);
    assert_near(bandwidth_summarize(&rise, 1e12).matched, 220e6 / 3);
    assert_near(bandwidth_summarize(&drop, 160e6).matched, 30e6);
    assert_near(bandwidth_summarize(&rise, 10e6).mean, 220e6 / 3);
    assert_near(bandwidth_summarize(&drop, 10e6).mean, 30e6);
}

/*
 * A second at 100 MB/s, then seconds of which the link is used for `busy` and a sync waits for the
 * rest; seen every 0.1 s. What is the slowest that the link is taken for once it waits?
 */
static double slowest_seen(double throttle, double busy)
{
    struct bandwidth bandwidth;
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    double slowest = INFINITY;

    bandwidth_reset(&bandwidth);
    precopyml_stats_set(&stats, PRECOPYML_STAT_THROTTLE, throttle);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BANDWIDTH, 5e6); /* what QEMU makes of it */
    for (int i = 0; i <= 120; i++) {
        double second = floor(i / 10), within = 0.1 * (i % 10);
        double sent = second < 1 ? within : 1 + busy * (second - 1) + fmin(within, busy);

        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 0.1 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, 100e6 * sent);
        bandwidth_observe(&bandwidth, &stats);
        if (i % 10 == 9) /* before that it is not known that it waits */
            slowest = fmin(slowest, bandwidth_summarize(&bandwidth, 30e6).matched);
    }
    return slowest;
}

static void waiting_for_a_throttled_guest_is_no_slow_link(void **state)
{
    (void)state;
    assert_near(slowest_seen(99, 0.65), 100e6);
    assert_near(slowest_seen(99, 0.05), 100e6); /* nothing since has shown the link */
    assert_true(slowest_seen(0, 0.65) < 95e6);  /* otherwise a link may well stand still */
}

/* Two seconds at 100 MB/s, then nothing for so many tenths with `remaining` bytes to send. */
static struct bandwidth_summary standing_for(int tenths, double remaining, double throttle)
{
    struct bandwidth bandwidth;
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    bandwidth_reset(&bandwidth);
    precopyml_stats_set(&stats, PRECOPYML_STAT_THROTTLE, throttle);
    for (int i = 0; i <= 20 + tenths; i++) {
        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 0.1 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, 10e6 * (i < 20 ? i : 20));
        precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, remaining);
        bandwidth_observe(&bandwidth, &stats);
    }
    return bandwidth_summarize(&bandwidth, 10e6);
}

static void a_link_that_stands_still_is_slow(void **state)
{
    struct bandwidth_summary summary = standing_for(600, 50e6, 0);

    (void)state;
    assert_true(summary.recent < 1e6); /* and the ring still knows what it can do */
    assert_near(summary.peak, 100e6);
    assert_near(standing_for(15, 50e6, 0).recent, 25e6); /* half a second in two */
    assert_near(standing_for(3, 50e6, 0).recent, 100e6); /* a sync takes as long */
    assert_near(standing_for(55, 0, 0).recent, 100e6);   /* there was nothing to send */
    /* A vCPU throttled by 99 % sleeps for a second, one throttled by 50 % does not. */
    assert_near(standing_for(12, 50e6, 99).recent, 100e6);
    assert_true(standing_for(12, 50e6, 50).recent < 50e6);
    assert_true(standing_for(55, 50e6, 99).recent < 50e6);
}

/* Rounds of a second, each ended by a sync in which nothing is sent; the rate after that many. */
static double rate_with_syncs(double sync, int rounds)
{
    struct bandwidth bandwidth;
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    double time = 0, sent = 0;

    bandwidth_reset(&bandwidth);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 50e6);
    for (int round = 0; round < rounds; round++) {
        for (double within = 0; within < 1 + sync - 0.05; within += 0.1) {
            precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, time += 0.1);
            precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED,
                                sent += within < 0.95 ? 10e6 : 0);
            precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, round + (within > 0.95));
            bandwidth_observe(&bandwidth, &stats);
        }
    }
    return bandwidth_summarize(&bandwidth, 10e6).recent;
}

static void a_long_sync_is_no_standstill(void **state)
{
    (void)state;
    assert_near(rate_with_syncs(0.3, 1), 100e6);
    assert_true(rate_with_syncs(1.5, 1) < 50e6); /* nobody knows yet how long they are here */
    assert_near(rate_with_syncs(1.5, 2), 100e6);
    assert_near(rate_with_syncs(1.5, 5), 100e6);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_page_scans_and_idle_windows_do_not_count),
        cmocka_unit_test(it_is_that_of_as_long_a_time),
        cmocka_unit_test(waiting_for_a_throttled_guest_is_no_slow_link),
        cmocka_unit_test(a_link_that_stands_still_is_slow),
        cmocka_unit_test(a_long_sync_is_no_standstill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
