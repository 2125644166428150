/* SPDX-License-Identifier: MIT */
/* Peers that move QEMU's limit, and Cloud Hypervisor's like test. Bytes are at 100 MB/s. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hand_made.h"

static void qemu_stops_at_its_limit(void **state)
{
    (void)state;
    assert_int_equal(hand_only("qemu", 0, 30e6), PEER_STOP);
    assert_int_equal(hand_only("qemu", 0, 30e6 + 4096), PEER_GO_ON);
    assert_int_equal(hand_only("qemu", 1, 100e6), PEER_STOP);
    assert_int_equal(hand_only("qemu", 1, 100e6 + 4096), PEER_GO_ON);
}

static void qemu_without_bandwidth_stops_for_nothing_only(void **state)
{
    static const double unknown[] = {0, NAN};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hand_made made;

        hand_open(&made, "qemu", 0, 10);
        made.now.bandwidth = unknown[i];
        assert_int_equal(hand_boundary(&made, 10, 4096), PEER_GO_ON);
        assert_int_equal(hand_boundary(&made, 11, 0), PEER_STOP);
        hand_close(&made);
    }
}

/* 1 GiB counts as 2: a step takes 150 s, and the timeout is 1,600 s. */
static void nova_steps_by_the_clock(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(hand_only("nova", 0, 5e6), PEER_STOP);
    assert_int_equal(hand_only("nova", 0, 5.1e6), PEER_GO_ON);
    hand_open(&made, "nova", 0, 10);
    hand_sample(&made, 150, 500e6); /* not yet: later than that */
    assert_int_equal(hand_boundary(&made, 150.2, 9.5e6), PEER_GO_ON);
    hand_sample(&made, 151, 500e6);
    assert_int_equal(hand_boundary(&made, 152, 9.6e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 153, 9.5e6), PEER_STOP);
    hand_sample(&made, 1501, 500e6);
    assert_int_equal(hand_boundary(&made, 1502, 50.1e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 1503, 50e6), PEER_STOP);
    assert_int_equal(hand_boundary(&made, 1600, 500e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 1601, 500e6), PEER_GIVE_UP);
    hand_close(&made);
}

static void nova_steps_to_the_limit_it_is_given(void **state)
{
    (void)state;
    assert_int_equal(hand_only("nova", 1, 10e6), PEER_STOP); /* a tenth of it */
    assert_int_equal(hand_only("nova", 1, 10.1e6), PEER_GO_ON);
    assert_int_equal(hand_only("nova", 0.01, 1e6), PEER_STOP); /* at least 100 ms */
    assert_int_equal(hand_only("nova", 0.01, 1.1e6), PEER_GO_ON);
}

/* A poll every 10 s, between two boundaries; the boundary after it meets the new limit. */
static enum peer_verdict ovirt_poll(struct hand_made *made, double elapsed, unsigned iteration,
                                    double remaining)
{
    made->now.iteration = iteration;
    hand_sample(made, elapsed, 500e6);
    made->number = iteration - 1;
    return hand_boundary(made, elapsed + 1, remaining);
}

static void ovirt_steps_by_iterations(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(hand_only("ovirt", 0, 10e6), PEER_STOP);
    assert_int_equal(hand_only("ovirt", 0, 10.1e6), PEER_GO_ON);
    hand_open(&made, "ovirt", 0, 10);
    assert_int_equal(ovirt_poll(&made, 10, 3, 10.1e6), PEER_GO_ON); /* the first it sees */
    assert_int_equal(ovirt_poll(&made, 20, 4, 10.1e6), PEER_GO_ON); /* 1 after: not more than 1 */
    assert_int_equal(ovirt_poll(&made, 30, 5, 15.1e6), PEER_GO_ON); /* 2 after: 150 ms */
    assert_int_equal(hand_boundary(&made, 32, 15e6), PEER_STOP);
    assert_int_equal(ovirt_poll(&made, 40, 5, 15.1e6), PEER_GO_ON); /* no new iteration */
    assert_int_equal(ovirt_poll(&made, 50, 30, 20e6), PEER_STOP);   /* one step a poll */
    assert_int_equal(ovirt_poll(&made, 60, 40, 30.1e6), PEER_GO_ON);
    assert_int_equal(ovirt_poll(&made, 70, 50, 40.1e6), PEER_GO_ON);
    assert_int_equal(ovirt_poll(&made, 80, 60, 50.01e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 82, 50e6), PEER_STOP);
    assert_int_equal(ovirt_poll(&made, 90, 61, 1e6), PEER_GIVE_UP); /* aborted at the poll */
    hand_close(&made);
}

static void ovirt_can_suspend_before_it_aborts(void **state)
{
    static const char *const names[] = {"ovirt-suspend", "ovirt-large"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hand_made made;

        hand_open(&made, names[i], 0, 10);
        for (int poll = 1; poll <= 6; poll++)
            assert_int_equal(ovirt_poll(&made, 10 * poll, 10 * (unsigned)poll, 150.1e6),
                             PEER_GO_ON);
        assert_int_equal(ovirt_poll(&made, 70, 70, 500.1e6), PEER_GO_ON);
        assert_int_equal(hand_boundary(&made, 72, 500e6), PEER_STOP);
        assert_int_equal(ovirt_poll(&made, 80, 80, 500e6), PEER_GIVE_UP);
        hand_close(&made);
    }
    assert_int_equal(hand_only("ovirt-suspend", 0, 10e6), PEER_STOP);
    assert_int_equal(hand_only("ovirt-large", 0, 30e6), PEER_STOP);
    assert_int_equal(hand_only("ovirt-large", 0, 30.1e6), PEER_GO_ON);
}

/* Polls once a second; each sees 1 MB more than the last, or `zigzag`: every second one. */
static void proxmox_polls(struct hand_made *made, int first, int last, bool zigzag)
{
    for (int i = first; i <= last; i++)
        hand_sample(made, i, 500e6 + (zigzag ? 1e6 * (i % 2) : 1e6 * i));
}

static void proxmox_doubles_after_six_rises(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(hand_only("proxmox", 0, 10e6), PEER_STOP);
    assert_int_equal(hand_only("proxmox", 0, 10.1e6), PEER_GO_ON);
    hand_open(&made, "proxmox", 0, 10);
    proxmox_polls(&made, 0, 6, false); /* the first poll is at 1 s: five rises */
    assert_int_equal(hand_boundary(&made, 6.5, 20e6), PEER_GO_ON);
    proxmox_polls(&made, 7, 7, false);
    assert_int_equal(hand_boundary(&made, 7.5, 20.1e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 7.6, 20e6), PEER_STOP);
    proxmox_polls(&made, 8, 13, false);
    assert_int_equal(hand_boundary(&made, 13.5, 40e6), PEER_STOP);
    hand_close(&made);
}

static void proxmox_does_not_forgive(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "proxmox", 0, 10);
    proxmox_polls(&made, 0, 12, true); /* rises at 3, 5, 7, 9, 11 */
    assert_int_equal(hand_boundary(&made, 12.5, 20e6), PEER_GO_ON);
    proxmox_polls(&made, 13, 13, true);
    assert_int_equal(hand_boundary(&made, 13.5, 20e6), PEER_STOP);
    hand_close(&made);
}

/* Six samples, a tenth of a second apart, each with more than the last; then a boundary at 200 ms.
 */
static enum peer_verdict proxmox_after_fast_rises(struct hand_made *made, double from)
{
    for (int i = 1; i <= 6; i++)
        hand_sample(made, from + i / 10.0, 500e6 + 1e6 * i);
    return hand_boundary(made, from + 0.7, 20e6);
}

/* Less remained once than was sent from poll to poll: from then on ten polls a second, for good. */
static void proxmox_polls_faster_near_the_end(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "proxmox", 0, 10);
    proxmox_polls(&made, 1, 2, true);
    hand_sample(&made, 3, 66e6); /* 200 MB were sent until the poll before, this is the third */
    assert_int_equal(proxmox_after_fast_rises(&made, 3), PEER_STOP);
    hand_close(&made);
    hand_open(&made, "proxmox", 0, 10);
    proxmox_polls(&made, 1, 2, true);
    hand_sample(&made, 3, 67e6);
    assert_int_equal(proxmox_after_fast_rises(&made, 3), PEER_GO_ON);
    hand_close(&made);
    hand_open(&made, "proxmox", 0, 10);
    hand_sample(&made, 1, 1e6); /* nothing to compare with yet */
    assert_int_equal(proxmox_after_fast_rises(&made, 1), PEER_GO_ON);
    hand_close(&made);
}

static void proxmox_looks_only_while_bytes_move(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "proxmox", 0, 10);
    for (int i = 1; i <= 20; i++) {
        made.now.transferred = 0;
        made.now.elapsed = i; /* so that no time passes for the link */
        hand_sample(&made, i, 500e6 + 1e6 * i);
    }
    assert_int_equal(hand_boundary(&made, 21, 20e6), PEER_GO_ON);
    hand_close(&made);
}

static void vep291_steps_after_iteration_3(void **state)
{
    struct hand_made made;

    (void)state;
    assert_int_equal(hand_only("kubevirt-vep291", 0, 15e6), PEER_STOP);
    assert_int_equal(hand_only("kubevirt-vep291", 0, 15.1e6), PEER_GO_ON);
    hand_open(&made, "kubevirt-vep291", 0, 10);
    assert_int_equal(hand_boundary(&made, 10, 500e6), PEER_GO_ON); /* iteration 2 begins */
    hand_until(&made, 20, 500e6);
    assert_int_equal(hand_boundary(&made, 20.5, 25.7e6), PEER_GO_ON); /* 3; nobody saw it yet */
    hand_until(&made, 21, 500e6);
    assert_int_equal(hand_boundary(&made, 21.1, 25.8e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 21.2, 25.7e6), PEER_STOP);
    hand_until(&made, 30, 500e6); /* the cooldown of 10 s is not over */
    assert_int_equal(hand_boundary(&made, 30.1, 25.8e6), PEER_GO_ON);
    hand_until(&made, 31.5, 500e6);
    assert_int_equal(hand_boundary(&made, 31.6, 36.5e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 31.7, 36.4e6), PEER_STOP);
    hand_until(&made, 120, 500e6);
    assert_int_equal(hand_boundary(&made, 121, 90.1e6), PEER_GO_ON); /* the most */
    assert_int_equal(hand_boundary(&made, 122, 90e6), PEER_STOP);
    assert_int_equal(hand_boundary(&made, 300, 500e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 301, 500e6), PEER_GIVE_UP); /* 150 s a GB, of 2 */
    hand_close(&made);
}

static void vep291_takes_steps_of_whole_milliseconds(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "kubevirt-vep291", 1.05, 10);
    made.number = 2;
    made.now.iteration = 3;
    hand_until(&made, 10.8, 500e6);
    assert_int_equal(hand_boundary(&made, 11, 27.82e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 12, 27.8e6), PEER_STOP);
    hand_close(&made);
    assert_int_equal(hand_only("kubevirt-vep291", 0.1, 10e6), PEER_STOP); /* never over the most */
    assert_int_equal(hand_only("kubevirt-vep291", 0.1, 10.1e6), PEER_GO_ON);
}

static void cloud_hypervisor_divides_by_its_last_iteration(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "cloud-hypervisor", 0, 10);
    made.now.bandwidth = NAN; /* not looked at */
    assert_int_equal(hand_boundary(&made, 10, 30.1e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 11, 29.9e6), PEER_STOP);
    assert_int_equal(hand_boundary(&made, 3599, 500e6), PEER_GO_ON);
    assert_int_equal(hand_boundary(&made, 3600, 500e6), PEER_GIVE_UP);
    assert_int_equal(hand_boundary(&made, 3600, 4096), PEER_GIVE_UP); /* a round of no time */
    assert_int_equal(hand_boundary(&made, 3600, 0), PEER_STOP);
    hand_close(&made);
    assert_int_equal(hand_only("cloud-hypervisor", 1, 99e6), PEER_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qemu_stops_at_its_limit),
        cmocka_unit_test(qemu_without_bandwidth_stops_for_nothing_only),
        cmocka_unit_test(nova_steps_by_the_clock),
        cmocka_unit_test(nova_steps_to_the_limit_it_is_given),
        cmocka_unit_test(ovirt_steps_by_iterations),
        cmocka_unit_test(ovirt_can_suspend_before_it_aborts),
        cmocka_unit_test(proxmox_doubles_after_six_rises),
        cmocka_unit_test(proxmox_does_not_forgive),
        cmocka_unit_test(proxmox_polls_faster_near_the_end),
        cmocka_unit_test(proxmox_looks_only_while_bytes_move),
        cmocka_unit_test(vep291_steps_after_iteration_3),
        cmocka_unit_test(vep291_takes_steps_of_whole_milliseconds),
        cmocka_unit_test(cloud_hypervisor_divides_by_its_last_iteration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
