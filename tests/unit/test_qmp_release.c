/* SPDX-License-Identifier: MIT */
/* When `precopyml qmp` can say nothing: QEMU has its rule back, and is not held off for ever. */
#include <signal.h>

#include "qmp_run.h"

static void test_bound_that_never_comes(void **state)
{
    struct fake_qemu *fake = *state;

    fake->signal = SIGTERM;
    fake->fault_look = 100;
    RUN(fake, EXIT_INTERRUPTED, "--json", "--policy", "slo", "--downtime-limit", "60");
    assert_int_equal(fake->limit_count, 2); /* QEMU's rule was back before the end */
    assert_restored(fake);
    assert_non_null(strstr(fake->output, "\"action\":\"release\""));
}

/* Without what remains there are no boundaries: QEMU is to decide, and not to be held for ever. */
static void test_counters_that_go_away(void **state)
{
    struct fake_qemu *fake = *state;

    fake->vague_from = 30;
    fake->signal = SIGTERM;
    fake->fault_look = 250;
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_restored(fake);
    const char *release = strstr(fake->output, "\"action\":\"release\"");
    assert_non_null(release);
    assert_non_null(strstr(release, "QEMU does not tell what remains"));
}

/* As libvirt does, right after the start: no reason to let go. */
static void test_counters_that_come_late(void **state)
{
    struct fake_qemu *fake = *state;

    fake->vague_from = 1;
    fake->vague_until = 15;
    RUN(fake, EXIT_OK, "--json");
    assert_null(strstr(fake->output, "QEMU does not tell what remains"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bound_that_never_comes),
        TEST(counters_that_go_away),
        TEST(counters_that_come_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
