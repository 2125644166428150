/* SPDX-License-Identifier: MIT */
/* Boundaries from snapshots at any rate, and every oddity of QEMU's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tracked.h"

static void boundaries_do_not_depend_on_the_polling_rate(void **state)
{
    static const double periods[] = {0.003, 0.05, 0.1, 0.21, 0.73, 1.9};
    struct tracker tracker;

    (void)state;
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        /* Syncs at 10, 13, 16, 19, 22 s. */
        assert_int_equal(poll_guest(&tracker, &guest, periods[i], 24.5), 5);
        /* Once the guest is in its steady rounds, the boundary's own values come out. */
        assert_near(tracker.detector.latest.remaining, 300e6, 1e-6);
        assert_near(tracker.detector.latest.time, 1022, 1e-6);
        assert_near(tracker.round.seconds, 3, 1e-3);
        assert_near(tracker.link.recent, 100e6, 1e-6);
        assert_near(tracker.link.peak, 100e6, 1e-6);
        assert_true(boundary_iteration(&tracker.detector) == 6);
    }
}

static void a_first_count_that_is_not_one_is_subtracted(void **state)
{
    struct guest other = guest;
    struct tracker tracker;

    (void)state;
    other.first_count = 37; /* an earlier job was cancelled */
    poll_guest(&tracker, &other, 0.1, 17);
    assert_false(tracker.detector.late);
    assert_true(boundary_iteration(&tracker.detector) == 4);
}

static void attaching_late_keeps_the_raw_count_and_says_so(void **state)
{
    struct tracker tracker;

    (void)state;
    tracker_reset(&tracker);
    for (double t = 17; t < 24.5; t += 0.1) {
        struct precopyml_stats stats = guest_at(&guest, t);

        tracker_observe(&tracker, &stats);
    }
    assert_true(tracker.detector.late);
    assert_true(boundary_iteration(&tracker.detector) == 6);
    assert_near(tracker.round.seconds, 3, 1e-3);
}

static void skipped_syncs_make_one_boundary_and_no_round(void **state)
{
    struct guest quick = {1000e6, 5e6, 100e6, 1}; /* a sync every 50 ms */
    struct tracker tracker;

    (void)state;
    poll_guest(&tracker, &quick, 0.2, 12);
    assert_true(tracker.detector.steps > 1);
    assert_true(boundary_iteration(&tracker.detector) > tracker.detector.number + 1);
    /* Several rounds in one snapshot teach nothing of a round's length. */
    assert_true(tracker.working_set.count < tracker.detector.number);
    assert_near(tracker.link.recent, 100e6, 1e-6);
}

static void counters_without_sync_count_still_show_boundaries(void **state)
{
    struct tracker tracker;
    unsigned boundaries = 0;

    (void)state;
    tracker_reset(&tracker);
    for (double t = 0.05; t < 24.5; t += 0.1) {
        struct precopyml_stats stats = guest_at(&guest, t);

        precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, NAN);
        boundaries += tracker_observe(&tracker, &stats) == BOUNDARY_NEW;
    }
    assert_int_equal(boundaries, 5);
    assert_true(boundary_iteration(&tracker.detector) == 6);
}

static void a_stuck_sync_count_does_not_hide_boundaries(void **state)
{
    struct tracker tracker;
    unsigned boundaries = 0;

    (void)state;
    tracker_reset(&tracker);
    for (double t = 0.05; t < 31; t += 0.1) {
        struct precopyml_stats stats = guest_at(&guest, t);

        if (t > 12)
            precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 2);
        boundaries += tracker_observe(&tracker, &stats) == BOUNDARY_NEW;
    }
    /* 10 s by the count; the rise at 13 s passes for a correction, those from 16 s on do not. */
    assert_int_equal(boundaries, 6);
}

static void a_sample_taken_during_the_sync_is_corrected(void **state)
{
    struct tracker tracker;
    struct precopyml_stats stats;

    (void)state;
    poll_guest(&tracker, &guest, 0.1, 9.9);
    stats = guest_at(&guest, 9.95);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 2); /* counted, bitmap not read yet */
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_NEW);
    stats = guest_at(&guest, 10.001);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_CORRECTED);
    assert_int_equal(tracker.detector.number, 1);
    assert_near(tracker.detector.latest.remaining, 300e6, 1e-3);
}

/* What was told of a sample that was none must not outlive it. */
static void a_corrected_round_is_told_as_if_sampled_well(void **state)
{
    struct tracker tracker, well;
    struct precopyml_features features, expected;
    struct precopyml_stats stats;

    (void)state;
    poll_guest(&well, &guest, 0.1, 15.9);
    stats = guest_at(&guest, 16.001);
    assert_int_equal(tracker_observe(&well, &stats), BOUNDARY_NEW);
    features_extract(&well, &expected);

    poll_guest(&tracker, &guest, 0.1, 15.9);
    stats = guest_at(&guest, 15.95);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 4); /* 5 MB left of 300 */
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_NEW);
    stats = guest_at(&guest, 16.001);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_CORRECTED);
    features_extract(&tracker, &features);
    for (int id = 0; id < PRECOPYML_FEATURE_COUNT; id++) {
        double value = feature_value(&features, (enum precopyml_feature)id);
        double wanted = feature_value(&expected, (enum precopyml_feature)id);

        if (!(fabs(value - wanted) <= 1e-6 * fabs(wanted) + 1e-6 ||
              (isnan(value) && isnan(wanted))))
            fail_msg("feature %d: %g is not %g", id, value, wanted);
    }
    assert_int_equal(tracker.phases.falls, 0);
    assert_int_equal(tracker.working_set.count, well.working_set.count);
}

static void a_sync_time_places_the_boundary(void **state)
{
    struct tracker tracker;
    struct precopyml_stats stats;

    (void)state;
    poll_guest(&tracker, &guest, 0.1, 12.9);
    /* The hypervisor syncs early, at 12.9 s with 10 MB unsent, and is seen 0.05 s later. */
    stats = guest_at(&guest, 12.95);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 3);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_TIME, 1012.9);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 295e6);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_NEW);
    assert_near(tracker.detector.latest.time, 1012.9, 1e-12);
    assert_near(tracker.detector.latest.remaining, 300e6, 1e-9);
    assert_near(tracker.detector.latest.unsent, 10e6, 1e-6);
}

/* In a tenth of a second 50 MB of zeros and 10 MB of data; 52 MB remained before, the sync is in
 * the middle: 8 MB were sent after it, half of the data and 3 MB, not half, of the zeros. */
static void zeros_at_the_end_of_a_round_were_sent_before_the_sync(void **state)
{
    struct tracker tracker;
    struct precopyml_stats stats;

    (void)state;
    poll_guest(&tracker, &guest, 0.1, 12.53);
    stats = guest_at(&guest, 12.48);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 1012.55);
    tracker_observe(&tracker, &stats);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 1012.65);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 3);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_TIME, 1012.6);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 292e6);
    precopyml_stats_set(&stats, PRECOPYML_STAT_NORMAL_PAGES, (1248e6 + 10e6) / 4096);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ZERO_PAGES, 50e6 / 4096);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_NEW);
    assert_near(tracker.detector.latest.time, 1012.6, 1e-12);
    assert_near(tracker.detector.latest.remaining, 300e6, 1e-6);
    assert_near(tracker.detector.latest.normal_pages, (1248e6 + 5e6) / 4096, 1e-9);
    assert_near(tracker.detector.latest.zero_pages, 47e6 / 4096, 1e-9);
}

/* A tenth of a second around a sync under a limit of 300 ms; what was left before it, and after. */
static void sync_under_a_limit(struct tracker *tracker, double before, double data, double zeros,
                               double after)
{
    struct precopyml_stats stats = guest_at(&guest, 12.55);

    poll_guest(tracker, &guest, 0.1, 12.5);
    precopyml_stats_set(&stats, PRECOPYML_STAT_DOWNTIME_LIMIT, 0.3);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, before);
    tracker_observe(tracker, &stats);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 1012.65);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, 3);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, after);
    precopyml_stats_set(&stats, PRECOPYML_STAT_NORMAL_PAGES, (1255e6 + data) / 4096);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ZERO_PAGES, zeros / 4096);
    assert_int_equal(tracker_observe(tracker, &stats), BOUNDARY_NEW);
}

/* It is reached half a slice of 5 MB below the 30 MB that pass in the limit: 6 MB were sent by
 * then, 4 MB after it. */
static void a_limit_ends_a_round_early(void **state)
{
    struct tracker tracker;

    (void)state;
    sync_under_a_limit(&tracker, 33.5e6, 10e6, 0, 296e6);
    assert_near(tracker.detector.latest.remaining, 300e6, 1e-3);
    assert_near(tracker.detector.latest.unsent, 27.5e6, 1e-3);
}

/* A slice of zeros holds more than passes in the limit: none of them is left at the sync. */
static void a_limit_ends_no_round_within_a_slice_of_zeros(void **state)
{
    struct tracker tracker;

    (void)state;
    sync_under_a_limit(&tracker, 200e6, 4e6, 198e6, 298e6);
    assert_near(tracker.detector.latest.remaining, 300e6, 1e-3);
    assert_true(tracker.detector.latest.unsent == 0);
}

static void exact_calls_are_boundaries_by_their_word(void **state)
{
    struct tracker tracker;

    (void)state;
    tracker_reset(&tracker);
    for (int i = 0; i < 4; i++) {
        struct precopyml_stats stats = PRECOPYML_STATS_INIT;

        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 10 + 3 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
        precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 300e6);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, 1000e6 + 300e6 * i);
        assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_NEW);
        assert_int_equal(tracker.detector.number, i + 1);
        assert_true(tracker.detector.latest.remaining == 300e6);
    }
    assert_near(tracker.link.recent, 100e6, 1e-9);
}

/* What a sync left unsent shows only beside a snapshot taken before it. */
static void an_exact_callers_first_boundary_left_nothing_unsent(void **state)
{
    struct tracker tracker;
    struct precopyml_features features;
    struct precopyml_stats stats = guest_at(&guest, 10);

    (void)state;
    tracker_reset(&tracker);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, NAN);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_NEW);
    assert_true(tracker.detector.latest.unsent == 0);
    features_extract(&tracker, &features);
    assert_near(feature_value(&features, PRECOPYML_FEATURE_PAGE_DIRTY_RATE), 30e6, 1e-12);
}

static void useless_snapshots_are_ignored(void **state)
{
    struct tracker tracker;
    struct precopyml_stats empty = PRECOPYML_STATS_INIT, stats;

    (void)state;
    poll_guest(&tracker, &guest, 0.1, 12);
    assert_int_equal(tracker_observe(&tracker, &empty), BOUNDARY_IGNORED);
    stats = guest_at(&guest, 5); /* out of order */
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_IGNORED);
    stats = guest_at(&guest, 13.5); /* completed: the fields that are left mean nothing */
    precopyml_stats_set(&stats, PRECOPYML_STAT_ACTIVE, 0);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_IGNORED);
    stats = guest_at(&guest, 13.5);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, -1);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_IGNORED);
    assert_int_equal(tracker.detector.number, 1);
}

static void a_count_that_falls_is_another_migration(void **state)
{
    struct tracker tracker;
    struct precopyml_stats stats;

    (void)state;
    poll_guest(&tracker, &guest, 0.1, 17);
    stats = guest_at(&guest, 1);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 2000);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_RESTARTED);
    assert_int_equal(tracker.detector.number, 0);
    assert_false(tracker.detector.late);
}

/* Cancelled in its first pass and begun again: the count is 1 before and after. */
static void a_clock_that_falls_is_another_migration(void **state)
{
    struct tracker tracker;
    struct precopyml_stats stats;

    (void)state;
    tracker_reset(&tracker);
    for (int i = 0; i < 5; i++) {
        stats = guest_at(&guest, 1 + 0.1 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_ELAPSED, 1 + 0.1 * i);
        assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_NONE);
    }
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 2000);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ELAPSED, 0.1);
    assert_int_equal(tracker_observe(&tracker, &stats), BOUNDARY_RESTARTED);
    assert_true(tracker.start == 2000);
    assert_false(tracker.detector.late);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundaries_do_not_depend_on_the_polling_rate),
        cmocka_unit_test(a_first_count_that_is_not_one_is_subtracted),
        cmocka_unit_test(attaching_late_keeps_the_raw_count_and_says_so),
        cmocka_unit_test(skipped_syncs_make_one_boundary_and_no_round),
        cmocka_unit_test(counters_without_sync_count_still_show_boundaries),
        cmocka_unit_test(a_stuck_sync_count_does_not_hide_boundaries),
        cmocka_unit_test(a_sample_taken_during_the_sync_is_corrected),
        cmocka_unit_test(a_corrected_round_is_told_as_if_sampled_well),
        cmocka_unit_test(a_sync_time_places_the_boundary),
        cmocka_unit_test(zeros_at_the_end_of_a_round_were_sent_before_the_sync),
        cmocka_unit_test(exact_calls_are_boundaries_by_their_word),
        cmocka_unit_test(a_limit_ends_a_round_early),
        cmocka_unit_test(a_limit_ends_no_round_within_a_slice_of_zeros),
        cmocka_unit_test(an_exact_callers_first_boundary_left_nothing_unsent),
        cmocka_unit_test(useless_snapshots_are_ignored),
        cmocka_unit_test(a_count_that_falls_is_another_migration),
        cmocka_unit_test(a_clock_that_falls_is_another_migration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
