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
    assert_true(matters(95, 19e6));
    assert_false(matters(94, 5e6)); /* it sleeps too briefly for QEMU to notice anything */
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

static double limit_ms(struct round_end_terms with)
{
    return round_end_limit_ms(&with);
}

static void limit_is_what_is_left_for_sending(void **state)
{
    struct round_end_terms terms = {.longest = 0.3,
                                    .downtime = 0.45,
                                    .remaining = 40e6,
                                    .overhead = 0.04,
                                    .bandwidth = link_rate,
                                    .calculated = link_rate};

    (void)state;
    assert_true(fabs(limit_ms(terms) - 250) <= 1); /* 0.4 s of the forecast are sending */
    terms.calculated = link_rate / 10;             /* the same 25 MB at a tenth */
    assert_true(fabs(limit_ms(terms) - 2500) <= 1);
    terms.calculated = link_rate;
    terms.downtime = 0.2; /* half of what remains is zeros; what a burst leaves may be none */
    assert_true(fabs(limit_ms(terms) - 260) <= 1);
    terms.least = 1; /* a stop lets pass what remained when it was decided */
    assert_true(fabs(limit_ms(terms) - 400) <= 1);
    terms.least = 0;
    terms.longest = 0.04;
    assert_true(limit_ms(terms) == ROUND_END_HOLD_MS);
    terms.longest = 1e9;
    assert_true(limit_ms(terms) == 2000000);
    terms.bandwidth = terms.calculated = NAN;
    assert_true(limit_ms(terms) == ROUND_END_HOLD_MS);
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
