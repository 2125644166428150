/* SPDX-License-Identifier: MIT */
/* KubeVirt VEP 248 on hand-made plateaus. The guest's 1 GiB is granted 300 s. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hand_made.h"

enum { EVERY = 5 }; /* seconds between boundaries */

/* Boundaries from 10 s on, each leaving `remaining`, with polls between them; the last one's
 * verdict, all others having to be to go on. */
static enum peer_verdict plateau(struct hand_made *made, double until, double remaining)
{
    enum peer_verdict verdict = PEER_GO_ON;
    double from = made->now.elapsed > 0 ? made->now.elapsed + EVERY : 10;

    for (double t = from; t <= until; t += EVERY) {
        assert_int_equal(verdict, PEER_GO_ON);
        hand_until(made, t - 0.1, made->now.remaining);
        verdict = hand_boundary(made, t, remaining);
    }
    return verdict;
}

static void a_plateau_stalls_after_40_seconds(void **state)
{
    static const char *const names[] = {"kubevirt-vep248", "kubevirt-vep248-any"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hand_made made;

        hand_open(&made, names[i], 0, 10);
        assert_int_equal(plateau(&made, 45, 500e6), PEER_GO_ON);
        assert_int_equal(plateau(&made, 50, 500e6), PEER_STOP);
        hand_close(&made);
    }
}

/* 4 % less than 40 s ago is progress. */
static void progress_is_no_stall(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "kubevirt-vep248", 0, 10);
    assert_int_equal(plateau(&made, 45, 500e6), PEER_GO_ON);
    assert_int_equal(plateau(&made, 50, 479e6), PEER_GO_ON);
    assert_int_equal(plateau(&made, 85, 479e6), PEER_GO_ON);
    assert_int_equal(plateau(&made, 90, 479e6), PEER_STOP);
    hand_close(&made);
    hand_open(&made, "kubevirt-vep248", 0, 10);
    assert_int_equal(plateau(&made, 45, 500e6), PEER_GO_ON);
    assert_int_equal(plateau(&made, 50, 481e6), PEER_STOP);
    hand_close(&made);
}

/* 500 MB, once 300 MB at 30 s, until `until` at 500 MB again. */
static enum peer_verdict with_a_dip(struct hand_made *made, const char *peer, double until)
{
    hand_open(made, peer, 0, 10);
    assert_int_equal(plateau(made, 25, 500e6), PEER_GO_ON);
    assert_int_equal(plateau(made, 30, 300e6), PEER_GO_ON);
    return plateau(made, until, 500e6);
}

static void it_waits_for_the_local_minimum(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(with_a_dip(&made, "kubevirt-vep248", 50), PEER_GO_ON);
    assert_int_equal(plateau(&made, 55, 313e6), PEER_GO_ON); /* over 4 % more */
    assert_int_equal(plateau(&made, 60, 312e6), PEER_STOP);
    hand_close(&made);
    assert_int_equal(with_a_dip(&made, "kubevirt-vep248-any", 45), PEER_GO_ON);
    assert_int_equal(plateau(&made, 50, 500e6), PEER_STOP);
    hand_close(&made);
}

/* Stalled at 50 s; 40 s later the least since then will do. */
static void its_patience_ends(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(with_a_dip(&made, "kubevirt-vep248", 85), PEER_GO_ON);
    assert_int_equal(plateau(&made, 90, 500e6), PEER_STOP);
    hand_close(&made);
    assert_int_equal(with_a_dip(&made, "kubevirt-vep248", 80), PEER_GO_ON);
    assert_int_equal(plateau(&made, 85, 400e6), PEER_GO_ON);
    assert_int_equal(plateau(&made, 90, 500e6), PEER_GO_ON); /* waits for 400 MB now */
    assert_int_equal(plateau(&made, 105, 500e6), PEER_GO_ON);
    assert_int_equal(plateau(&made, 110, 500e6), PEER_STOP); /* half as patient */
    hand_close(&made);
}

static void qemu_completes_below_it(void **state)
{
    (void)state;
    assert_int_equal(hand_only("kubevirt-vep248", 0, 30e6), PEER_STOP);
    assert_int_equal(hand_only("kubevirt-vep248", 0, 30.1e6), PEER_GO_ON);
    assert_int_equal(hand_only("kubevirt-vep248", 0.1, 10.1e6), PEER_GO_ON);
    assert_int_equal(hand_only("kubevirt-vep248", 1, 30.1e6), PEER_GO_ON); /* 300 ms at first */
}

static void without_disruption_it_switches_softly_or_aborts(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "kubevirt-vep248-gentle", 0, 10);
    assert_int_equal(plateau(&made, 45, 136e6), PEER_GO_ON);
    assert_int_equal(plateau(&made, 50, 136e6), PEER_GIVE_UP); /* over 1.5 x 900 ms */
    hand_close(&made);
    hand_open(&made, "kubevirt-vep248-gentle", 0, 10);
    assert_int_equal(plateau(&made, 50, 134e6), PEER_GO_ON); /* softly: QEMU may take 900 ms now */
    assert_int_equal(hand_boundary(&made, 55, 90.1e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 56, 90e6), PEER_STOP);
    hand_close(&made);
}

static void a_soft_switch_has_60_seconds(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "kubevirt-vep248-gentle", 0, 10);
    assert_int_equal(plateau(&made, 110, 134e6), PEER_GO_ON); /* soft at 50 s: 900 ms */
    assert_int_equal(hand_boundary(&made, 110, 90e6), PEER_STOP);
    assert_int_equal(hand_boundary(&made, 110.1, 90.1e6), PEER_GIVE_UP);
    hand_close(&made);
}

static void a_collapsed_link_is_no_moment(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "kubevirt-vep248", 0, 10);
    made.now.bandwidth = 0.5e6; /* 1,000 s forecast, 600 s at most */
    assert_int_equal(plateau(&made, 60, 500e6), PEER_GO_ON);
    made.now.bandwidth = 100e6; /* the mean follows */
    assert_int_equal(plateau(&made, 65, 500e6), PEER_STOP);
    hand_close(&made);
}

/* After 0.5 MB/s one poll at more: 0.4 of it and 0.6 of what was; 535 s are left for 500 MB. */
static void the_mean_bandwidth_follows(void **state)
{
    static const double next[] = {1.7e6, 1.5e6};
    static const enum peer_verdict expected[] = {PEER_STOP, PEER_GO_ON};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hand_made made;

        hand_open(&made, "kubevirt-vep248", 0, 10);
        made.now.bandwidth = 0.5e6;
        assert_int_equal(plateau(&made, 60, 500e6), PEER_GO_ON);
        made.now.bandwidth = next[i];
        hand_sample(&made, 64.9, 500e6);
        assert_int_equal(hand_boundary(&made, 65, 500e6), expected[i]);
        hand_close(&made);
    }
}

static void no_bandwidth_no_decision(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "kubevirt-vep248", 0, 10);
    made.now.bandwidth = 0;
    assert_int_equal(plateau(&made, 200, 500e6), PEER_GO_ON);
    hand_close(&made);
}

static enum peer_verdict slow_progress(const char *peer, double until)
{
    enum peer_verdict verdict = PEER_GO_ON;
    struct hand_made made;
    double remaining = 1000e6;

    hand_open(&made, peer, 0, 10);
    for (double t = 10; t <= until; t += EVERY, remaining *= 0.97) {
        assert_int_equal(verdict, PEER_GO_ON);
        verdict = plateau(&made, t, remaining);
    }
    hand_close(&made);
    return verdict;
}

static void the_time_granted_ends(void **state)
{
    (void)state;
    assert_int_equal(slow_progress("kubevirt-vep248", 300), PEER_GO_ON);
    assert_int_equal(slow_progress("kubevirt-vep248", 305), PEER_STOP);
    assert_int_equal(slow_progress("kubevirt-vep248-gentle", 305), PEER_GIVE_UP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plateau_stalls_after_40_seconds),
        cmocka_unit_test(progress_is_no_stall),
        cmocka_unit_test(it_waits_for_the_local_minimum),
        cmocka_unit_test(its_patience_ends),
        cmocka_unit_test(qemu_completes_below_it),
        cmocka_unit_test(without_disruption_it_switches_softly_or_aborts),
        cmocka_unit_test(a_soft_switch_has_60_seconds),
        cmocka_unit_test(a_collapsed_link_is_no_moment),
        cmocka_unit_test(the_mean_bandwidth_follows),
        cmocka_unit_test(no_bandwidth_no_decision),
        cmocka_unit_test(the_time_granted_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
