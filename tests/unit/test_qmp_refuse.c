/* SPDX-License-Identifier: MIT */
/* When `precopyml qmp` has no business with a QEMU, or only looks: nothing of it is changed. */
#include <signal.h>

#include "qmp_run.h"

static void assert_untouched(const struct fake_qemu *fake)
{
    assert_int_equal(fake->limit_count, 0);
    assert_false(fake->events_were_on);
}

static void test_observes_only(void **state)
{
    struct fake_qemu *fake = *state;

    fake->signal = SIGTERM;
    fake->fault_look = 100;
    RUN(fake, EXIT_INTERRUPTED, "--json", "--observe-only");
    assert_untouched(fake);
    assert_non_null(strstr(fake->output, "\"would_stop\":{\"t\""));
}

static void test_observes_the_rule_of_qemu(void **state)
{
    struct fake_qemu *fake = *state;

    fake->limit = 150;
    RUN(fake, EXIT_OK, "--json", "--observe-only");
    assert_untouched(fake);
    assert_result(fake, "ended_by", "\"qemu\"");
}

static void test_limit_is_not_told(void **state)
{
    struct fake_qemu *fake = *state;

    fake->no_limit = true;
    RUN(fake, EXIT_CAPABILITY_MISSING, "--json");
    assert_untouched(fake);
}

/* One that could not be put back either. */
static void test_limit_is_none(void **state)
{
    struct fake_qemu *fake = *state;

    fake->limit = 1e30;
    RUN(fake, EXIT_CAPABILITY_MISSING, "--json");
    assert_untouched(fake);
}

static void test_capability_is_missing(void **state)
{
    struct fake_qemu *fake = *state;

    RUN(fake, EXIT_CAPABILITY_MISSING, "--on-hopeless", "postcopy");
    assert_untouched(fake);
    assert_non_null(strstr(fake->messages, "postcopy-ram"));
}

static void test_throttling_needs_a_capability(void **state)
{
    RUN(*state, EXIT_CAPABILITY_MISSING, "--throttle-max", "50", "--downtime-limit", "80");
    assert_untouched(*state);
}

static void test_monitor_is_busy(void **state)
{
    struct fake_qemu *fake = *state;

    fake->fault = FAKE_SILENT_AT_GREETING;
    RUN(fake, EXIT_BUSY, "--monitor-timeout", "0.2");
    assert_non_null(strstr(fake->messages, "monitor busy"));
}

static void test_human_monitor(void **state)
{
    struct fake_qemu *fake = *state;

    fake->fault = FAKE_NO_MONITOR;
    RUN(fake, EXIT_NOT_A_MONITOR, "--json");
    assert_result(fake, "exit", "12");
}

static void test_no_migration_begins(void **state)
{
    struct fake_qemu *fake = *state;

    fake->status = "failed";
    RUN(fake, EXIT_NO_MIGRATION, "--wait", "0.1");
    assert_restored(fake);
    assert_false(fake->events);
    assert_non_null(strstr(fake->messages, "an earlier one failed"));
}

static void test_migration_is_over(void **state)
{
    struct fake_qemu *fake = *state;

    fake->status = "completed";
    RUN(fake, EXIT_MIGRATION_OVER, "--json");
    assert_untouched(fake);
}

static void test_one_at_a_time(void **state)
{
    struct fake_qemu *fake = *state;

    fake->status = "active";
    RUN(fake, EXIT_MIGRATION_RUNNING, "--start", "exec:true");
    assert_untouched(fake);
}

static void test_destination_is_not_there(void **state)
{
    RUN(*state, EXIT_DESTINATION, "--start", "unix:/nonexistent/socket");
    assert_untouched(*state);
}

static void test_command_line(void **state)
{
    struct fake_qemu *fake = *state;

    RUN(fake, EXIT_USAGE, "--hold", "0");
    assert_int_equal(fake->looks, 0);
    assert_non_null(strstr(fake->messages, "--hold is '0'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(observes_only),         TEST(observes_the_rule_of_qemu),
        TEST(limit_is_not_told),     TEST(limit_is_none),
        TEST(capability_is_missing), TEST(throttling_needs_a_capability),
        TEST(monitor_is_busy),       TEST(human_monitor),
        TEST(no_migration_begins),   TEST(migration_is_over),
        TEST(one_at_a_time),         TEST(destination_is_not_there),
        TEST(command_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
