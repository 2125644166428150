/* SPDX-License-Identifier: MIT */
/* Boundaries, rounds and working set from snapshots at any rate, and every oddity of QEMU's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feature_extraction.h"
#include "snapshots.h"
#include "vector.h"

static const struct guest guest = {1000e6, 300e6, 100e6, 1};

static void assert_near(double value, double expected, double share)
{
    if (!(fabs(value - expected) <= share * fabs(expected)))
        fail_msg("%g is not within %g of %g", value, share, expected);
}

/* Polls the guest every `period` until `end`; returns the boundaries seen. */
static unsigned poll_guest(struct tracker *tracker, const struct guest *which, double period,
                           double end)
{
    unsigned boundaries = 0;

    tracker_reset(tracker);
    for (double t = period / 2; t < end; t += period) {
        struct precopyml_stats stats = guest_at(which, t);

        boundaries += tracker_observe(tracker, &stats) == BOUNDARY_NEW;
    }
    return boundaries;
}

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

/* Three pages with contents for every one of zeros; of the first pass nobody knows. */
static void wire_shares_are_of_what_is_sent_again(void **state)
{
    const struct guest steady = {1e9, 2e8, 1e8, 1};
    struct precopyml_features features;
    struct tracker tracker;
    double seconds = 0;

    (void)state;
    tracker_reset(&tracker);
    for (unsigned boundaries = 0; boundaries < 3; seconds += 0.1) {
        struct precopyml_stats stats = guest_at(&steady, seconds);

        precopyml_stats_set(&stats, PRECOPYML_STAT_ZERO_PAGES,
                            seconds * steady.bandwidth / 4096 / 3);
        if (tracker_observe(&tracker, &stats) != BOUNDARY_NEW)
            continue;
        boundaries++;
        features_extract(&tracker, &features);
        for (int i = 0; i < 2; i++)
            assert_near(feature_value(&features, i ? PRECOPYML_FEATURE_RESENT_WIRE_SHARE
                                                   : PRECOPYML_FEATURE_ROUND_WIRE_SHARE),
                        boundaries == 1 ? 1 : 0.75, 1e-9);
        assert_near(feature_value(&features, PRECOPYML_FEATURE_BANDWIDTH_MEAN), 1e8, 1e-9);
    }
}

static void zero_bandwidth_is_unknown_not_zero(void **state)
{
    struct tracker tracker;
    struct precopyml_features features;

    (void)state;
    tracker_reset(&tracker);
    for (int i = 0; i < 30; i++) {
        struct precopyml_stats stats = PRECOPYML_STATS_INIT;

        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 0.1 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 1e6);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, 0);
        precopyml_stats_set(&stats, PRECOPYML_STAT_BANDWIDTH, 0);
        precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, i < 20 ? 1 : 2);
        tracker_observe(&tracker, &stats);
    }
    features_extract(&tracker, &features);
    assert_true(isnan(feature_value(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH)));
}

static void working_set_is_recovered_from_rounds(void **state)
{
    static const double seconds[] = {10, 4, 2.5, 1.6, 1.1, 0.8};
    struct working_set set;
    struct working_set_fit fit;

    (void)state;
    working_set_reset(&set);
    assert_true(isnan(working_set_estimate(&set, 1).size));
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
        working_set_add(&set, seconds[i], 1, 400e6 * -expm1(-100e6 / 400e6 * seconds[i]), 0);
    fit = working_set_estimate(&set, 1);
    assert_near(fit.size, 400e6, 1e-3);
    assert_near(fit.write_rate, 100e6, 1e-3);

    /* A set that is always found dirty as a whole, in rounds of equal length. */
    working_set_reset(&set);
    for (int i = 0; i < 20; i++)
        working_set_add(&set, 3, 1, 300e6, 0);
    assert_near(working_set_estimate(&set, 1).size, 300e6, 1e-3);

    /* A sync that comes early, most of the set unsent: that little is newly dirty says nothing. */
    working_set_add(&set, 0.15, 1, 15e6, 285e6);
    assert_near(working_set_estimate(&set, 1).size, 300e6, 1e-2);

    working_set_reset(&set);
    working_set_add(&set, 3, 1, 0, 0); /* idle */
    working_set_add(&set, NAN, 1, 5, 0);
    working_set_add(&set, -1, 1, 5, 0);
    assert_int_equal(set.count, 1);
    assert_true(working_set_estimate(&set, 1).size == 0);
}

static void paper_features_are_the_equations_as_printed(void **state)
{
    struct tracker tracker;
    struct precopyml_features features;
    const double mib = 1024 * 1024;
    struct guest round_numbers = {1024 * mib, 256 * mib, 64 * mib, 1};

    (void)state;
    poll_guest(&tracker, &round_numbers, 0.5, 16.5); /* boundary at 16 s, sampled at 16.25 s */
    features_extract(&tracker, &features);
    /* (1) 1024 MiB x 1024 - 240 x 1024 KiB */
    assert_true(feature_value(&features, PRECOPYML_FEATURE_PAPER_VM_SIZE) ==
                1024.0 * 1024 - 240 * 1024);
    /* (2) 25600 pages/s x 4096 / (1 GiB x 1024^3) */
    assert_near(feature_value(&features, PRECOPYML_FEATURE_PAPER_PAGE_DIRTY_RATE),
                25600.0 * 4096 / (1024.0 * 1024 * 1024), 1e-15);
    /* (3) (1040 MiB x 1024 - 240 x 1024 KiB) / 16.25 s */
    assert_near(feature_value(&features, PRECOPYML_FEATURE_PAPER_WORKING_SET_SIZE),
                (1040.0 * 1024 - 240 * 1024) / 16.25, 1e-15);
    assert_true(feature_value(&features, PRECOPYML_FEATURE_PAPER_BANDWIDTH) == 64);
    /* SI mode beside it: at the boundary itself 256 MiB remained. */
    assert_near(feature_value(&features, PRECOPYML_FEATURE_REMAINING), 240 * mib, 1e-12);
    assert_near(feature_value(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY), 256 * mib, 1e-9);
}

static double forecast_after(struct tracker *tracker, double seconds, double forecast)
{
    struct precopyml_stats stats = guest_at(&guest, seconds);

    precopyml_stats_set(&stats, PRECOPYML_STAT_EXPECTED_DOWNTIME, forecast);
    tracker_observe(tracker, &stats);
    return tracker->hypervisor_forecast;
}

/* As QEMU 7.2 and 10.0 do where the limit was 300 ms at the start and has been lowered since. */
static void the_limit_of_the_start_is_no_forecast(void **state)
{
    struct tracker tracker;

    (void)state;
    tracker_reset(&tracker);
    assert_true(isnan(forecast_after(&tracker, 1, 0.3)));
    assert_true(isnan(forecast_after(&tracker, 10, 0.3)));
    assert_true(forecast_after(&tracker, 10.2, 0.647) == 0.647);
    assert_true(forecast_after(&tracker, 13, 0.3) == 0.3); /* by now it means it */
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
        cmocka_unit_test(wire_shares_are_of_what_is_sent_again),
        cmocka_unit_test(zero_bandwidth_is_unknown_not_zero),
        cmocka_unit_test(working_set_is_recovered_from_rounds),
        cmocka_unit_test(paper_features_are_the_equations_as_printed),
        cmocka_unit_test(the_limit_of_the_start_is_no_forecast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
