/* SPDX-License-Identifier: MIT */
/* When the end of a round matters, and what QEMU is let in with. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "round_end.h"

static const double link_rate = 100e6;

static bool matters(double throttle, double remaining)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    precopyml_stats_set(&stats, PRECOPYML_STAT_THROTTLE, throttle);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, remaining);
    return round_end_matters(&stats, link_rate);
}

static void only_what_is_sent_while_the_guest_sleeps_matters(void **state)
{
    (void)state;
    assert_true(matters(99, 90e6));
    assert_false(matters(99, 110e6)); /* it wakes up meanwhile */
    assert_true(matters(96, 20e6));
    assert_false(matters(90, 5e6)); /* it sleeps too briefly for QEMU to notice anything */
    assert_false(matters(0, 5e6));
    assert_false(matters(NAN, 5e6));
    assert_false(matters(99, NAN));
}

static void qemu_is_let_in_in_time(void **state)
{
    (void)state;
    assert_true(round_end_is_near(11e6, link_rate));
    assert_false(round_end_is_near(20e6, link_rate));
    assert_false(round_end_is_near(NAN, link_rate));
    assert_true(round_end_comes_early(9e6, link_rate));
    assert_false(round_end_comes_early(11e6, link_rate));
}

static void limit_is_what_is_left_for_sending(void **state)
{
    (void)state;
    assert_true(round_end_limit_ms(0.3, 0.05, link_rate, link_rate) == 250);
    /* 25 MB, at the tenth that QEMU calculates with */
    assert_true(round_end_limit_ms(0.3, 0.05, link_rate, link_rate / 10) == 2500);
    assert_true(round_end_limit_ms(0.04, 0.05, link_rate, link_rate) == ROUND_END_HOLD_MS);
    assert_true(round_end_limit_ms(0.3, 0.05, NAN, NAN) == ROUND_END_HOLD_MS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_sent_while_the_guest_sleeps_matters),
        cmocka_unit_test(qemu_is_let_in_in_time),
        cmocka_unit_test(limit_is_what_is_left_for_sending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
