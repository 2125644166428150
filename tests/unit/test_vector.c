/* SPDX-License-Identifier: MIT */
/* Sparse structs: what shorter and longer callers may pass, and what never gets in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vector.h"

/* A caller built against a header with four more counters. */
struct newer_stats {
    size_t size;
    uint64_t known;
    double value[PRECOPYML_STAT_COUNT + 4];
};

static void values_that_are_not_finite_are_unknown(void **state)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT, complete;

    (void)state;
    assert_int_equal(precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 7), 0);
    assert_int_equal(precopyml_stats_set(&stats, PRECOPYML_STAT_ELAPSED, INFINITY), 0);
    assert_int_equal(precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, NAN), 0);
    assert_true(stats_known(&stats, PRECOPYML_STAT_REMAINING));
    assert_false(stats_known(&stats, PRECOPYML_STAT_ELAPSED));
    assert_false(stats_known(&stats, PRECOPYML_STAT_TIME));

    /* Nor when a caller writes the array itself. */
    stats.known |= 1u << PRECOPYML_STAT_VCPUS;
    stats.value[PRECOPYML_STAT_VCPUS] = NAN;
    assert_int_equal(stats_normalize(&stats, &complete), 0);
    assert_false(stats_known(&complete, PRECOPYML_STAT_VCPUS));
    assert_true(stats_value(&complete, PRECOPYML_STAT_REMAINING) == 7);
}

static void ids_that_are_none_are_refused(void **state)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    (void)state;
    assert_int_equal(precopyml_features_set(&features, PRECOPYML_FEATURE_COUNT, 1), -EINVAL);
    assert_int_equal(precopyml_features_set(&features, (enum precopyml_feature) - 1, 1), -EINVAL);
    assert_int_equal(precopyml_features_set(NULL, PRECOPYML_FEATURE_LAMBDA, 1), -EINVAL);
    assert_true(isnan(precopyml_features_get(&features, PRECOPYML_FEATURE_COUNT)));
    assert_true(isnan(precopyml_features_get(NULL, PRECOPYML_FEATURE_LAMBDA)));
}

static void shorter_callers_leave_the_rest_unknown(void **state)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT, complete;

    (void)state;
    stats.size =
        offsetof(struct precopyml_stats, value) + (PRECOPYML_STAT_REMAINING + 1) * sizeof(double);
    assert_int_equal(precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 5), 0);
    assert_int_equal(precopyml_stats_set(&stats, PRECOPYML_STAT_VCPUS, 5), -EINVAL);
    stats.value[PRECOPYML_STAT_VCPUS] = 9; /* beyond the caller's size: not its own memory */
    assert_int_equal(stats_normalize(&stats, &complete), 0);
    assert_true(stats_value(&complete, PRECOPYML_STAT_REMAINING) == 5);
    assert_false(stats_known(&complete, PRECOPYML_STAT_VCPUS));
}

static void longer_callers_pass_while_their_tail_is_zero(void **state)
{
    struct newer_stats newer = {sizeof newer, 0, {0}};
    struct precopyml_stats complete;

    (void)state;
    newer.known = 1u << PRECOPYML_STAT_REMAINING;
    newer.value[PRECOPYML_STAT_REMAINING] = 3;
    assert_int_equal(stats_normalize((void *)&newer, &complete), 0);
    assert_true(stats_value(&complete, PRECOPYML_STAT_REMAINING) == 3);

    newer.value[PRECOPYML_STAT_COUNT + 2] = 1;
    assert_int_equal(stats_normalize((void *)&newer, &complete), -E2BIG);
    newer.value[PRECOPYML_STAT_COUNT + 2] = 0;
    newer.known |= UINT64_C(1) << (PRECOPYML_STAT_COUNT + 1);
    assert_int_equal(stats_normalize((void *)&newer, &complete), -E2BIG);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    static const size_t sizes[] = {0, 1, 8, 15, 17, 1 << 20, SIZE_MAX};
    struct precopyml_stats stats = PRECOPYML_STATS_INIT, complete;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        stats.size = sizes[i];
        assert_int_equal(stats_normalize(&stats, &complete), -EINVAL);
        assert_int_equal(precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 1), -EINVAL);
    }
    assert_int_equal(stats_normalize(NULL, &complete), -EINVAL);
}

static void catalogue_is_complete_and_names_are_found(void **state)
{
    (void)state;
    for (int id = 0; id < PRECOPYML_FEATURE_COUNT; id++) {
        struct precopyml_description entry = PRECOPYML_DESCRIPTION_INIT;

        assert_int_equal(precopyml_feature_describe((enum precopyml_feature)id, &entry), 0);
        assert_true(entry.name && entry.unit && entry.meaning && entry.source);
        assert_int_equal(precopyml_feature_find(entry.name), id);
    }
    for (int id = 0; id < PRECOPYML_STAT_COUNT; id++) {
        struct precopyml_description entry = PRECOPYML_DESCRIPTION_INIT;

        assert_int_equal(precopyml_stat_describe((enum precopyml_stat)id, &entry), 0);
        assert_true(entry.name && entry.unit && entry.meaning && entry.source);
    }
    assert_int_equal(precopyml_feature_find("no_such"), -ENOENT);
    assert_int_equal(precopyml_feature_find(NULL), -ENOENT);
    assert_int_equal(precopyml_feature_describe(PRECOPYML_FEATURE_COUNT, NULL), -EINVAL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_are_not_finite_are_unknown),
        cmocka_unit_test(ids_that_are_none_are_refused),
        cmocka_unit_test(shorter_callers_leave_the_rest_unknown),
        cmocka_unit_test(longer_callers_pass_while_their_tail_is_zero),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(catalogue_is_complete_and_names_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
