/* SPDX-License-Identifier: MIT */
/* Workloads by name, and the shapes that they were made after. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shapes.h"
#include "simulation.h"
#include "workload.h"

static const double mib = 1 << 20;

static void every_name_is_a_guest(void **state)
{
    static const char *const texts[] = {"idle",
                                        "memtester 200",
                                        "stress 190 zero-one",
                                        "stress 190",
                                        "stress 190 flip",
                                        "sysbench cpu",
                                        "sysbench memory 256",
                                        "writer steady 300 max",
                                        "writer steady 300 5000 random settle 10",
                                        "writer hotcold 50 400 max sweep",
                                        "writer steady 10 5 from 1 until 9 every 3 for 1 zero 0.5",
                                        "  zipf 500   30000 0.9 "};
    struct simulation_result result;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct scenario scenario;
        const char *problem;

        scenario_init(&scenario);
        problem = workload_apply(texts[i], 0, &scenario);
        if (problem != NULL)
            fail_msg("%s: %s", texts[i], problem);
        scenario.control.stop_least = scenario.control.stop_most = 3;
        assert_int_equal(simulate(&scenario, 1, 1, NULL, &result), 0);
        assert_int_not_equal(result.end, SIMULATION_CANCELLED);
    }
}

static void what_is_no_workload_is_named(void **state)
{
    static const char *const texts[] = {"",
                                        "nothing",
                                        "writer",
                                        "writer sometimes 3 4",
                                        "writer steady",
                                        "writer steady 0 5",
                                        "writer steady 10 fast",
                                        "writer steady nan 5",
                                        "writer steady 10 -5",
                                        "writer steady 10 5 backwards",
                                        "writer steady 10 5 from",
                                        "writer steady 10 5 zero 2",
                                        "writer hotcold 10 5",
                                        "sysbench disk",
                                        "zipf 10 5 eleven",
                                        "memtester 10 20",
                                        "idle now",
                                        "redis 5",
                                        "w w w w w w w w w w w w w w w w w w w w w w w w w"};
    char longest[300];
    struct scenario scenario;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        scenario_init(&scenario);
        if (workload_apply(texts[i], 0, &scenario) == NULL)
            fail_msg("'%s' was taken", texts[i]);
    }
    memset(longest, 'w', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    scenario_init(&scenario);
    assert_non_null(workload_apply(longest, 0, &scenario));
}

static void workloads_add_up(void **state)
{
    struct scenario scenario;
    double alone;

    (void)state;
    scenario_init(&scenario);
    assert_null(workload_apply("memtester 100", 2048 * mib, &scenario));
    assert_true(scenario.guest.pages * SCENARIO_PAGE == 2048 * mib);
    alone = scenario.guest.used;
    assert_null(workload_apply("writer steady 50 max", 2048 * mib, &scenario));
    assert_true(scenario.guest.used == alone + 50 * mib / SCENARIO_PAGE);
    assert_null(scenario_problem(&scenario));
    assert_null(workload_apply("memtester 2000", 2048 * mib, &scenario));
    assert_non_null(scenario_problem(&scenario)); /* more than there is */
    for (int i = 0; i < 2; i++) {
        const char *problem = workload_apply("zipf 500 100 1", 2048 * mib, &scenario);

        assert_true(i == 0 || problem != NULL || scenario.guest.count <= SCENARIO_CLASSES);
    }
}

/* What a published plot shows of the migration, in s and MiB. */
struct plot {
    const char *name;
    double first_pass, left; /* its length, and what it leaves; within a tenth */
    double from, until;      /* at the boundaries in this time ... */
    double least, most;      /* ... remaining is between these */
};

struct watched {
    const struct plot *plot;
    double passes;
    bool seen;
};

static void compare(const struct simulation_event *event, void *opaque)
{
    struct watched *watched = opaque;
    const struct plot *plot = watched->plot;
    double left = event->pending * SCENARIO_PAGE / mib;

    if (event->kind != SIMULATION_PASS)
        return;
    watched->passes++;
    if (event->pass == 2 &&
        !(fabs(event->t / plot->first_pass - 1) < 0.1 && fabs(left / plot->left - 1) < 0.1))
        fail_msg("%s: %.0f MiB after %.0f s", plot->name, left, event->t);
    if (event->t >= plot->from && event->t <= plot->until) {
        watched->seen = true;
        if (!(left >= plot->least && left <= plot->most))
            fail_msg("%s: %.0f MiB at %.0f s", plot->name, left, event->t);
    }
}

static void shapes_are_like_their_plots(void **state)
{
    /* The plots are read by eye: 5 % each way, and a tenth more for our own hand. */
    static const struct plot plots[] = {
        {"redis", 93, 3072, 208, 224, 720, 880},
        {"mariadb", 59, 973, 70, 86, 350, 610},
        {"network-drop", 94, 2400, 128, 152, 360, 440},
        {"flat-stress", 52, 5274, 55, 600, 5200, 5350},
        {"kernel-build", 37, 1894, 75, 140, 1150, 1400},
        {"kernel-build", 37, 1894, 175, 240, 1485, 1741},
        {"small-set", 7, 122, 8, 38, 110, 130},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(plots) / sizeof(plots[0]); i++) {
        struct watched watched = {.plot = &plots[i]};
        struct simulation_observer observer = {.event = compare, .opaque = &watched};
        struct simulation_result result;
        struct scenario scenario;

        scenario_init(&scenario);
        assert_null(workload_apply(plots[i].name, 0, &scenario));
        scenario.control.unstopped = 300;
        scenario.control.give_up = 600;
        assert_int_equal(simulate(&scenario, 1, 1, &observer, &result), 0);
        assert_true(watched.seen);
    }
}

static void waiting_pays_only_where_it_did(void **state)
{
    static const char *const ending[] = {"mariadb", "kernel-build"};
    static const double ends[] = {94, 275};
    const struct shape *shape;

    (void)state;
    for (size_t i = 0; (shape = shape_at(i)) != NULL; i++) {
        struct simulation_result result;
        struct scenario scenario;
        size_t which = 0;

        scenario_init(&scenario);
        assert_null(workload_apply(shape->name, 0, &scenario));
        assert_int_equal(simulate(&scenario, 1, 1, NULL, &result), 0);
        while (which < 2 && strcmp(shape->name, ending[which]) != 0)
            which++;
        assert_int_equal(result.end, which < 2 ? SIMULATION_QEMU : SIMULATION_CANCELLED);
        assert_true(which == 2 || fabs(result.total / ends[which] - 1) < 0.1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_a_guest),
        cmocka_unit_test(what_is_no_workload_is_named),
        cmocka_unit_test(workloads_add_up),
        cmocka_unit_test(shapes_are_like_their_plots),
        cmocka_unit_test(waiting_pays_only_where_it_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
