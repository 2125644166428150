/* SPDX-License-Identifier: MIT */
/* Peers that count pages and iterations. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hand_made.h"

static void xen_stops_at_few_pages_or_the_fifth(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(hand_only("xen", 0, 49 * 4096), PEER_STOP);
    assert_int_equal(hand_only("xen", 0, 50 * 4096), PEER_GO_ON);
    hand_open(&made, "xen", 0, 10);
    for (int i = 1; i < 5; i++)
        assert_int_equal(hand_boundary(&made, 10 + i, 500e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 15, 500e6), PEER_STOP);
    hand_close(&made);
}

static enum peer_verdict after_rounds(const char *peer, const double *pages, int count)
{
    enum peer_verdict verdict = PEER_GO_ON;
    struct hand_made made;

    hand_open(&made, peer, 0, 10);
    for (int i = 0; i < count; i++) {
        assert_int_equal(verdict, PEER_GO_ON);
        made.round_pages = pages[i];
        verdict = hand_boundary(&made, 10 + i, 500e6);
    }
    hand_close(&made);
    return verdict;
}

static void xen_old_stops_at_few_pages_or_the_29th(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(after_rounds("xen-old", (double[]){5000, 50}, 2), PEER_GO_ON);
    assert_int_equal(after_rounds("xen-old", (double[]){5000, 49}, 2), PEER_STOP);
    assert_int_equal(hand_only("xen-old", 0, 0), PEER_GO_ON); /* what is dirty is not asked */
    hand_open(&made, "xen-old", 0, 10);
    made.round_pages = 1000;
    for (int i = 1; i < 29; i++)
        assert_int_equal(hand_boundary(&made, 10 + i, 1e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 39, 1e6), PEER_STOP);
    hand_close(&made);
}

static void xen_old_sends_three_guests_at_most(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "xen-old", 0, 10);
    made.round_pages = 262144; /* 1 GiB */
    for (int i = 1; i <= 3; i++)
        assert_int_equal(hand_boundary(&made, 10 * i, 900e6), PEER_GO_ON);
    made.round_pages = 1;
    assert_int_equal(hand_boundary(&made, 31, 900e6), PEER_STOP);
    hand_close(&made);
}

static void criu_stops_at_few_pages_or_growth(void **state)
{
    (void)state;
    assert_int_equal(after_rounds("criu", (double[]){5000, 65}, 2), PEER_GO_ON);
    assert_int_equal(after_rounds("criu", (double[]){5000, 64}, 2), PEER_STOP);
    assert_int_equal(after_rounds("criu", (double[]){5000, 1000, 1109}, 3), PEER_GO_ON);
    assert_int_equal(after_rounds("criu", (double[]){5000, 1000, 1110}, 3), PEER_STOP);
    assert_int_equal(after_rounds("criu", (double[]){1000, 1100, 1210, 1331}, 4), PEER_GO_ON);
}

static void criu_stops_at_index_8(void **state)
{
    static const double pages[] = {9000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000};

    (void)state;
    assert_int_equal(after_rounds("criu", pages, 8), PEER_GO_ON);
    assert_int_equal(after_rounds("criu", pages, 9), PEER_STOP);
}

static void lxd_stops_at_70_percent_copied(void **state)
{
    (void)state;
    assert_int_equal(after_rounds("lxd", (double[]){262144, 78644}, 2), PEER_GO_ON);
    assert_int_equal(after_rounds("lxd", (double[]){262144, 78643}, 2), PEER_STOP);
}

static void lxd_stops_at_the_sixth_pre_dump(void **state)
{
    static const double pages[] = {262144, 2e5, 2e5, 2e5, 2e5, 2e5};

    (void)state;
    assert_int_equal(after_rounds("lxd", pages, 5), PEER_GO_ON);
    assert_int_equal(after_rounds("lxd", pages, 6), PEER_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xen_stops_at_few_pages_or_the_fifth),
        cmocka_unit_test(xen_old_stops_at_few_pages_or_the_29th),
        cmocka_unit_test(xen_old_sends_three_guests_at_most),
        cmocka_unit_test(criu_stops_at_few_pages_or_growth),
        cmocka_unit_test(criu_stops_at_index_8),
        cmocka_unit_test(lxd_stops_at_70_percent_copied),
        cmocka_unit_test(lxd_stops_at_the_sixth_pre_dump),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
