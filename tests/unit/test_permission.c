/* SPDX-License-Identifier: MIT */
/* What QEMU is allowed, in its own units; and what can be known of a destination. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "destination.h"
#include "permission.h"

static struct permission_terms terms(double remaining, double bandwidth)
{
    return (struct permission_terms){.remaining = remaining,
                                     .dirty_rate = NAN,
                                     .bandwidth = bandwidth,
                                     .downtime = 0.05,
                                     .upper = NAN};
}

static double ms_of(struct permission_terms with)
{
    return permission_ms(&with);
}

static void test_covers_what_qemu_will_compare(void **state)
{
    struct permission_terms with = terms(300e6, 100e6);

    (void)state;
    assert_true(ms_of(with) >= 3000 && ms_of(with) <= 6000);
    assert_true(ms_of(with) == ceil(ms_of(with)));
    with.dirty_rate = 400e6; /* it dirties on while the decision takes effect */
    assert_true(ms_of(with) >= 4000);
}

static void test_is_at_least_our_own_bound(void **state)
{
    struct permission_terms with = terms(1e6, 1e9);

    (void)state;
    assert_true(ms_of(with) == 1e3 * 0.05 * UNCALIBRATED_FACTOR);
    with.upper = 0.3;
    assert_true(ms_of(with) == 300);
}

static void test_is_always_a_value_that_qemu_takes(void **state)
{
    (void)state;
    assert_true(ms_of(terms(1e15, 1)) == DOWNTIME_LIMIT_MAX_MS);
    assert_true(ms_of(terms(1e6, 0)) == DOWNTIME_LIMIT_MAX_MS);
    assert_true(ms_of(terms(1e6, NAN)) == 100);
    assert_true(ms_of(terms(NAN, 1e6)) == 100);
    assert_true(ms_of((struct permission_terms){NAN, NAN, NAN, NAN, NAN}) == 1);
    assert_true(ms_of((struct permission_terms){0, 0, 1e6, 0, 0}) == 1);
}

static void test_lowest_of_the_last_second(void **state)
{
    struct recent_bandwidth recent = {0};

    (void)state;
    assert_true(isnan(recent_bandwidth_lowest(&recent, 0)));
    recent_bandwidth_add(&recent, 1.0, 50e6);
    recent_bandwidth_add(&recent, 2.0, 110e6);
    recent_bandwidth_add(&recent, 2.1, 90e6);
    recent_bandwidth_add(&recent, 2.2, 100e6);
    recent_bandwidth_add(&recent, 2.3, 0); /* a window without a byte tells nothing */
    recent_bandwidth_add(&recent, 2.4, NAN);
    assert_true(recent_bandwidth_lowest(&recent, 2.4) == 90e6);
    assert_true(recent_bandwidth_lowest(&recent, 3.15) == 100e6);
    assert_true(isnan(recent_bandwidth_lowest(&recent, 9)));
    recent_bandwidth_add(&recent, 3.1, 1e3); /* no speed of a link that does 100 MB/s */
    assert_true(recent_bandwidth_lowest(&recent, 3.15) > 1e6);
    for (int i = 0; i < 1000; i++)
        recent_bandwidth_add(&recent, 10 + i * 0.01, 1e6 * (1000 - i));
    assert_true(recent_bandwidth_lowest(&recent, 19.99) <= 2e6); /* the oldest are forgotten */
}

static void test_hold(void **state)
{
    (void)state;
    assert_true(hold_default_ms(0, 300) == 100);
    assert_true(hold_default_ms(500, 300) == 166);
    assert_true(hold_default_ms(3000, 300) == 300); /* never more than the operator gave */
    assert_true(hold_default_ms(0.05, 300) == 1);
    assert_true(hold_default_ms(0, 0) == 1); /* never 0 */
    assert_true(hold_default_ms(0, NAN) == 1);
}

static enum destination check(const char *uri)
{
    char why[256] = "";
    enum destination result = destination_check(uri, getpid(), why, sizeof why);

    assert_true(strlen(why) > 0);
    return result;
}

static void test_destinations(void **state)
{
    (void)state;
    assert_int_equal(check("tcp:127.0.0.1:4444"), DESTINATION_LOOKS_GOOD);
    assert_int_equal(check("tcp:127.0.0.1:4444,ipv4=on"), DESTINATION_LOOKS_GOOD);
    assert_int_equal(check("tcp:127.0.0.1"), DESTINATION_UNREACHABLE);
    assert_int_equal(check("tcp:127.0.0.1:http"), DESTINATION_UNREACHABLE);
    assert_int_equal(check("tcp:256.0.0.1:4444:5"), DESTINATION_UNREACHABLE);
    assert_int_equal(check("tcp:"), DESTINATION_UNREACHABLE);
    assert_int_equal(check("tcp::4444"), DESTINATION_UNREACHABLE);
    assert_int_equal(check("unix:/nonexistent"), DESTINATION_UNREACHABLE);
    assert_int_equal(check("unix:/"), DESTINATION_UNREACHABLE);
    assert_int_equal(check("unix:relative"), DESTINATION_UNKNOWN);
    assert_int_equal(check("exec:cat"), DESTINATION_UNKNOWN);
    assert_int_equal(check("rdma:host:1"), DESTINATION_UNKNOWN);
    assert_int_equal(check("nonsense"), DESTINATION_UNREACHABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_covers_what_qemu_will_compare),
        cmocka_unit_test(test_is_at_least_our_own_bound),
        cmocka_unit_test(test_is_always_a_value_that_qemu_takes),
        cmocka_unit_test(test_lowest_of_the_last_second),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_destinations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
