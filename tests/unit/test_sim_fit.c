/* SPDX-License-Identifier: MIT */
/* What the simulator is fitted by: records as text, and how far a simulation is from one. */
#include <stdio.h>
#include <stdlib.h>

#include "recorded.h"
#include "simulations.h"
#include "workload.h"

static long read_text(const char *text, struct recorded **all, size_t *count)
{
    FILE *stream = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    long result;

    assert_non_null(stream);
    result = recorded_read(stream, all, count);
    fclose(stream);
    return result;
}

static void records_are_read_or_named(void **state)
{
    struct recorded *all;
    size_t count;

    (void)state;
    assert_int_equal(read_text("idle\t1073741824\t5e7\t5e7\t0.01\t1\t1.5\t0.04\t1e8\t0\t\n"
                               "stress 64\t1e9\t5e7\t6e7\t0.01\t3\t9.5\t1.04\t2e8\t5e7\t7e7,6e7\n",
                               &all, &count),
                     0);
    assert_int_equal(count, 2);
    assert_string_equal(all[1].workload, "stress 64");
    assert_int_equal(all[0].boundaries, 0);
    assert_int_equal(all[1].boundaries, 2);
    assert_near(all[1].left[1], 6e7, 0);
    assert_near(all[1].switched, 5e7, 0);
    free(all);
    assert_int_equal(
        read_text("idle\t1e9\t5e7\t5e7\t0.01\t1\t1.5\t0.04\t1e8\t0\t\nidle\t1e9\n", &all, &count),
        2);
    free(all);
    assert_int_equal(read_text("idle\t1e9\t5e7\t5e7\t0.01\t1\t1.5\t0\t1e8\t0\t\n", &all, &count),
                     1);
    free(all);
}

/* A record made by the simulator itself. */
static struct recorded own_record(const char *workload)
{
    struct recorded recorded = {.ram = 1 << 30, .low = 1e8, .high = 1e8, .limit = 0.01, .stop = 3};
    struct simulation_result result;
    struct scenario scenario;

    strcpy(recorded.workload, workload);
    scenario_init(&scenario);
    assert_null(workload_apply(workload, recorded.ram, &scenario));
    scenario.guest.expected = true;
    scenario.link.low = scenario.link.high = 1e8;
    scenario.sender.limit = 0.01;
    scenario.overhead.sigma = scenario.overhead.tail_share = 0;
    scenario.control.stop_least = scenario.control.stop_most = 3;
    assert_int_equal(simulate(&scenario, 1, 1, NULL, &result), 0);
    recorded.total = result.total;
    recorded.downtime = result.downtime;
    recorded.bytes = result.transferred;
    return recorded;
}

static void the_true_parameters_are_nearest(void **state)
{
    struct recorded recorded = own_record("stress 190 walk-0d");
    struct parameters other = *parameters_fitted();
    double before = 0;

    (void)state;
    assert_near(recorded_distance(&recorded, &other), 0, 1e-12);
    for (int i = 1; i < 4; i++) {
        double distance;

        other.value[PARAMETER_WALK_RATE] *= 0.7;
        distance = recorded_distance(&recorded, &other);
        assert_true(distance > before && distance < 4);
        before = distance;
    }
    other.value[PARAMETER_BASE] = 1e6; /* MiB: more than the guest has */
    assert_true(isinf(recorded_distance(&recorded, &other)));
}

static void every_parameter_is_fitted_within_its_range(void **state)
{
    (void)state;
    for (int i = 0; i < PARAMETERS; i++) {
        const struct parameter_about *about = parameter_about(i);
        double value = parameters_fitted()->value[i];

        assert_non_null(about->name);
        assert_true(about->low > 0 && about->low <= about->start && about->start <= about->high);
        if (value < about->low || value > about->high)
            fail_msg("%s: %g", about->name, value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_or_named),
        cmocka_unit_test(the_true_parameters_are_nearest),
        cmocka_unit_test(every_parameter_is_fitted_within_its_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
