/* SPDX-License-Identifier: MIT */
/* Which boundary a downtime belongs to. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "labels.h"

enum { ROWS = 4 };

/* Boundaries with sync counts 2 to 5 at 10, 14, 16 and 17 s; the hypervisor's clock began at 4. */
static struct boundary_row rows[ROWS];

static int setup(void **state)
{
    static const double t[ROWS] = {10, 14, 16, 17};

    (void)state;
    for (int i = 0; i < ROWS; i++)
        rows[i] = (struct boundary_row){.t = t[i], .sync_count = i + 2, .elapsed = t[i] - 4};
    return 0;
}

static struct migration_end completed(void)
{
    struct migration_end end;

    migration_end_init(&end);
    end.completed_t = 18;
    end.completed_total = 13.75;
    end.qemu_downtime = 0.25;
    return end;
}

#define assert_rows(labels, at, previous)                                                          \
    do {                                                                                           \
        assert_int_equal((labels).stop, at);                                                       \
        assert_int_equal((labels).before, previous);                                               \
    } while (0)

#define assert_rest(labels, at, expected, to_run)                                                  \
    do {                                                                                           \
        struct rest rest = labels_rest(&(labels), rows, at, &end);                                 \
                                                                                                   \
        assert_true(rest.seconds == (expected));                                                   \
        assert_true(rest.rounds == (to_run));                                                      \
    } while (0)

static void without_events_the_last_row_counts(void **state)
{
    struct migration_end end = completed();
    struct labels labels = labels_find(rows, ROWS, &end);

    (void)state;
    assert_rows(labels, 3, 2);
    assert_true(labels.downtime == 0.25);
    assert_string_equal(labels.source, "qemu");
    assert_rest(labels, 3, 0.75, 0); /* by QEMU's clock */
    assert_rest(labels, 1, 3.75, 2);
    labels = labels_find(rows, 1, &end);
    assert_rows(labels, 0, LABEL_NONE);
    labels = labels_find(rows, 0, &end);
    assert_rows(labels, LABEL_NONE, LABEL_NONE);
}

static void pass_events_tell_qemus_boundary(void **state)
{
    struct migration_end end = completed();
    struct labels labels;

    (void)state;
    end.stopped_t = 17.5;
    end.last_pass = 5;
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, 3, 2);
    assert_rest(labels, 3, 0.75, 0); /* STOP plus downtime */
    assert_rest(labels, 0, 7.75, 3);
    end.last_pass = 6; /* its boundary fell between two samples */
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, LABEL_NONE, 3);
    assert_true(isnan(labels_rest(&labels, rows, 3, &end).seconds));
}

static void a_raised_limit_makes_one_sync_more(void **state)
{
    struct migration_end end = completed();
    struct labels labels;

    (void)state;
    end.forced = 1;
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, 3, 2);
    end.completed_syncs = 6; /* so row 3 was QEMU's check of the stop */
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, 2, 1);
    assert_rest(labels, 2, 1.75, 0);
    assert_true(isnan(labels_rest(&labels, rows, 3, &end).seconds)); /* behind the stop */
    end.last_pass = 4;
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, 1, 0);
}

static void a_recorded_decision_counts_most(void **state)
{
    struct migration_end end = completed();
    struct labels labels;

    (void)state;
    end.last_pass = 5;
    strcpy(end.ended_by, "us");
    end.decided_t = 14.1;
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, 1, 0);
    end.decided_t = 15.5; /* asked for in the middle of a round */
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, LABEL_NONE, LABEL_NONE);
    end.decided_syncs = 4;
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, 2, 1);
    end.decided_syncs = 1;
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, LABEL_NONE, LABEL_NONE);
}

static void outcomes_go_before_qemus_figure(void **state)
{
    struct migration_end end = completed();
    struct labels labels;

    (void)state;
    end.downtime = 0.3;
    strcpy(end.source, "events");
    labels = labels_find(rows, ROWS, &end);
    assert_true(labels.downtime == 0.3);
    assert_string_equal(labels.source, "events");
    end.invalid = true;
    assert_true(isnan(labels_find(rows, ROWS, &end).downtime));
    end.invalid = false;
    end.postcopy = true;
    assert_true(isnan(labels_find(rows, ROWS, &end).downtime));
    migration_end_init(&end);
    labels = labels_find(rows, ROWS, &end);
    assert_rows(labels, LABEL_NONE, LABEL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_events_the_last_row_counts),
        cmocka_unit_test(pass_events_tell_qemus_boundary),
        cmocka_unit_test(a_raised_limit_makes_one_sync_more),
        cmocka_unit_test(a_recorded_decision_counts_most),
        cmocka_unit_test(outcomes_go_before_qemus_figure),
    };

    return cmocka_run_group_tests_name("labels", tests, setup, NULL);
}
