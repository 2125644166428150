/* SPDX-License-Identifier: MIT */
/* Ways out of `precopyml qmp` that few take, against a QEMU that is not there. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmp_run.h"

/* ---- Before the migration ------------------------------------------------------------------- */

/* The command is done, only its answer never comes to be read. */
static void interrupt_at_capability(struct fake_qemu *fake)
{
    fake->fault = FAKE_SIGNALS;
    fake->signal = SIGTERM;
    fake->fault_command = "migrate-set-capabilities";
    fake->waits_for_start = true;
}

static void test_events_are_put_back(void **state)
{
    struct fake_qemu *fake = *state;

    interrupt_at_capability(fake);
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_true(fake->events_were_on);
    assert_false(fake->events);
}

static void test_auto_converge_is_put_back(void **state)
{
    struct fake_qemu *fake = *state;

    interrupt_at_capability(fake);
    fake->events = true;
    RUN(fake, EXIT_INTERRUPTED, "--json", "--throttle-max", "50", "--downtime-limit", "80",
        "--start", "exec:true");
    assert_true(fake->auto_converge_was_on);
    assert_false(fake->auto_converge);
    assert_restored(fake);
    assert_string_equal(fake->status, "none");
}

/* It may have begun or not: the operator is told, the limit is his in any case. */
static void test_signal_while_it_starts(void **state)
{
    struct fake_qemu *fake = *state;

    interrupt_at_capability(fake);
    fake->fault_command = "migrate";
    RUN(fake, EXIT_INTERRUPTED, "--json", "--start", "exec:true");
    assert_string_equal(fake->status, "active");
    assert_restored(fake);
    assert_result(fake, "restored", "true");
    assert_non_null(strstr(fake->messages, "may have begun"));
}

static void test_connection_breaks_at_start(void **state)
{
    struct fake_qemu *fake = *state;

    fake->fault = FAKE_RECONNECTS;
    fake->fault_command = "migrate";
    fake->waits_for_start = true;
    RUN(fake, EXIT_MONITOR_GONE, "--json", "--start", "exec:true");
    assert_restored(fake);
    assert_result(fake, "restored", "true");
}

static void test_nothing_to_write_to(void **state)
{
    struct fake_qemu *fake = *state;

    RUN(fake, EXIT_OUTPUT, "--json", "--record", "/nonexistent/trace");
    assert_int_equal(fake->limit_count, 0);
    assert_non_null(strstr(fake->output, "/nonexistent/trace"));
}

/* It is over before the first look: ours all the same, and not one from before our time. */
static void test_over_before_the_first_look(void **state)
{
    struct fake_qemu *fake = *state;

    fake->fault = FAKE_FAILS;
    fake->fault_command = "migrate-set-parameters";
    RUN(fake, EXIT_MIGRATION_FAILED, "--json", "--wait", "3");
    assert_restored(fake);
}

/* ---- Signals that end a program by default --------------------------------------------------- */

static void test_other_signals(void **state)
{
    static const int numbers[] = {SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct fake_qemu *fake = fake_create();

        signal(numbers[i], SIG_DFL);
        fake->signal = numbers[i];
        fake->fault_look = 20;
        RUN(fake, EXIT_INTERRUPTED, "--json");
        assert_restored(fake);
        fake_free(fake);
    }
    (void)state;
}

/* ---- What is written finds no place ---------------------------------------------------------- */

static void test_record_on_a_full_disk(void **state)
{
    struct fake_qemu *fake = *state;

    RUN(fake, EXIT_OUTPUT, "--json", "--record", "/dev/full");
    assert_restored(fake);
    assert_result(fake, "ended_by", "\"us\"");
    assert_non_null(strstr(fake->messages, "/dev/full: cannot write"));
}

/* The kernel's answer is a signal that ends a program. */
static void test_record_over_the_limit_of_files(void **state)
{
    struct fake_qemu *fake = *state;
    char path[128];

    snprintf(path, sizeof path, "%s/trace", fake->folder);
    signal(SIGXFSZ, SIG_DFL);
    fake->file_limit = 600;
    RUN(fake, EXIT_OUTPUT, "--record", path);
    assert_restored(fake);
    assert_string_equal(fake->status, "completed");
    assert_int_equal(access(path, F_OK), -1);
}

/* A pipe that nobody empties holds 64 KiB; from there on QEMU would be held off for ever. */
static void test_record_that_nobody_reads(void **state)
{
    struct fake_qemu *fake = *state;
    char path[128];

    snprintf(path, sizeof path, "%s/trace", fake->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    fcntl(reader, F_SETPIPE_SZ, 4096);
    fake->fault_look = 40;
    fake->signal = SIGTERM;
    RUN(fake, EXIT_INTERRUPTED, "--json", "--record", path);
    assert_restored(fake);
    assert_non_null(strstr(fake->messages, "its reader is too slow"));
    close(reader);
}

/* To open it would wait for a reader, who may never come. */
static void test_record_into_a_pipe_without_a_reader(void **state)
{
    struct fake_qemu *fake = *state;
    char path[128];

    snprintf(path, sizeof path, "%s/trace", fake->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    RUN(fake, EXIT_OUTPUT, "--json", "--record", path);
    assert_int_equal(fake->limit_count, 0);
    assert_non_null(strstr(fake->messages, "nobody reads this pipe"));
}

/* ---- The connection breaks while the limit goes back ------------------------------------------
 */

static void break_at_release(struct fake_qemu *fake, enum fake_fault fault)
{
    fake->signal = SIGTERM;
    fake->fault_look = 20;
    fake->fault = fault;
    fake->fault_command = "query-migrate-parameters"; /* what a release begins with */
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_result(fake, "restored", "true");
}

static void test_connection_breaks_at_release(void **state)
{
    break_at_release(*state, FAKE_RECONNECTS);
    assert_restored(*state);
}

static void test_nonsense_at_release(void **state)
{
    break_at_release(*state, FAKE_GARBAGE);
    assert_restored(*state);
}

static void test_qemu_dies_at_release(void **state)
{
    break_at_release(*state, FAKE_CLOSES);
}

/* Whoever manages it ends the source as soon as the guest has left. */
static void test_qemu_dies_once_migrated(void **state)
{
    struct fake_qemu *fake = *state;

    fake->dies_completed = true;
    RUN(fake, EXIT_OK, "--json");
    assert_result(fake, "ended_by", "\"us\"");
    assert_result(fake, "restored", "true");
}

static void test_refusal_at_length(void **state)
{
    struct fake_qemu *fake = *state;
    char refusal[1000];

    memset(refusal, 'x', sizeof refusal - 1);
    refusal[sizeof refusal - 1] = '\0';
    fake->refusal = refusal;
    fake->declines = true;
    fake->fault = FAKE_REFUSES_LIMIT;
    fake->fault_look = 20;
    RUN(fake, EXIT_REJECTED, "--json");
    assert_result(fake, "restored", "false");
    assert_non_null(strstr(fake->messages, "60 ms again: see to it"));
    assert_non_null(strstr(fake->output, "60 ms again: see to it"));
}

/* ---- At any command at all --------------------------------------------------------------------
 */

/* The first five commands only read; a signal ends the program as it ends any. */
static void test_wherever_it_breaks(void **state)
{
    static const enum fake_fault faults[] = {FAKE_RECONNECTS, FAKE_GARBAGE, FAKE_SIGNALS};

    for (int i = 0; i < 3 * 18; i++) {
        struct fake_qemu *fake = fake_create();
        const char *const options[] = {"--json", "--throttle-max", "95", "--downtime-limit", "80",
                                       NULL};

        fake->total = fake->set = 1e6;
        fake->auto_converge = true;
        fake->fault = faults[i % 3];
        fake->fault_number = 6 + i / 3;
        fake->signal = SIGTERM;
        fake_run(fake, options);
        fake_finish(fake);
        if (fake->limit != OPERATOR_MS || fake->throttle.trigger != 50 ||
            fake->throttle.initial != 20 || fake->throttle.most != 99 ||
            (fake->events && strcmp(fake->status, "active") != 0))
            fail_msg("fault %d at command %d: %s%s", (int)fake->fault, fake->fault_number,
                     fake->messages, fake->output);
        assert_result(fake, "restored", "true");
        fake_free(fake);
    }
    (void)state;
}

/* ---- Somebody else ----------------------------------------------------------------------------
 */

/* We set the limit once more after that, and give back what is newest all the same. */
static void test_newer_limit_early(void **state)
{
    struct fake_qemu *fake = *state;

    fake->operator_ms = 77;
    fake->fault_look = 3;
    RUN(fake, EXIT_OK, "--json");
    assert_true(fake->limit_count >= 3);
    assert_true(fake->limit == 77);
    assert_result(fake, "operator_limit_ms", "77");
}

static void test_postcopy_by_somebody(void **state)
{
    struct fake_qemu *fake = *state;

    fake->fault = FAKE_POSTCOPY;
    fake->fault_look = 20;
    RUN(fake, EXIT_OK, "--json");
    assert_restored(fake);
    assert_result(fake, "ended_by", "\"postcopy\"");
    assert_non_null(strstr(fake->output, "post-copy has begun"));
}

static void test_postcopy_fails(void **state)
{
    struct fake_qemu *fake = *state;

    fake->fault = FAKE_POSTCOPY;
    fake->postcopy_fails = true;
    fake->fault_look = 20;
    RUN(fake, EXIT_MIGRATION_FAILED, "--json");
    assert_restored(fake);
    assert_null(strstr(fake->messages, "runs on at the source")); /* it does not */
    assert_non_null(strstr(fake->messages, "post-copy"));
}

/* QEMU has its own rule while it is in a state that this program knows nothing of. */
static void test_unheard_of_status(void **state)
{
    struct fake_qemu *fake = *state;
    bool given_back = false;

    fake->fault = FAKE_OTHER_STATUS;
    fake->fault_look = 20;
    RUN(fake, EXIT_OK, "--json");
    for (int i = 0; i < fake->limit_count - 1; i++)
        given_back |= fake->limits[i] == OPERATOR_MS;
    assert_true(given_back);
    assert_restored(fake);
    assert_result(fake, "ended_by", "\"us\"");
    assert_non_null(strstr(fake->output, "an unknown status"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_put_back),
        TEST(auto_converge_is_put_back),
        TEST(signal_while_it_starts),
        TEST(connection_breaks_at_start),
        TEST(nothing_to_write_to),
        TEST(over_before_the_first_look),
        TEST(other_signals),
        TEST(record_on_a_full_disk),
        TEST(record_over_the_limit_of_files),
        TEST(record_that_nobody_reads),
        TEST(record_into_a_pipe_without_a_reader),
        TEST(connection_breaks_at_release),
        TEST(nonsense_at_release),
        TEST(qemu_dies_at_release),
        TEST(qemu_dies_once_migrated),
        TEST(refusal_at_length),
        TEST(wherever_it_breaks),
        TEST(newer_limit_early),
        TEST(postcopy_by_somebody),
        TEST(postcopy_fails),
        TEST(unheard_of_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
