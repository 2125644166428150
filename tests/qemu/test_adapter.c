/* SPDX-License-Identifier: MIT */
/* The adapter for QEMU against a QEMU of the test's own: what it decides, holds and puts back. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_world.h"

#define OPERATOR_MS 300u
#define HELD_MS     100u
#define REMAINING   300000000
#define MBPS        800.0
#define THRESHOLD   12345 /* what QEMU itself worked out */

void fake_register(void);

/* ---- What QEMU does ---------------------------------------------------------------------------
 */

/* Starts a QEMU whose operator set these; NULL: not set. */
static void start(const char *model, const char *options, const char *log)
{
    const char *const values[] = {model, options, log};
    const char *const names[] = {"QEMU_PRECOPYML_MODEL", "QEMU_PRECOPYML_OPTIONS",
                                 "QEMU_PRECOPYML_LOG"};

    for (size_t i = 0; i < 3; i++) {
        if (values[i] != NULL)
            setenv(names[i], values[i], 1);
        else
            unsetenv(names[i]);
    }
    world.migration = (MigrationState){.parameters = {OPERATOR_MS, 1u << 30}};
    world.run = RUN_STATE_RUNNING;
    world.machine.smp.cpus = 1;
    world.machine_done = NULL;
    world.sync = NULL;
    world.warnings = 0;
    fake_register();
    if (world.machine_done != NULL)
        world.machine_done->notify(world.machine_done, NULL);
}

static void notify(int reason)
{
    PrecopyNotifyData data = {.reason = reason};

    assert_non_null(world.sync);
    assert_int_equal(world.sync->notify(world.sync, &data), 0);
}

static void sync_bitmap(void)
{
    world.ram.dirty_sync_count++;
    world.migration.threshold_size = THRESHOLD;
    notify(PRECOPY_NOTIFY_BEFORE_BITMAP_SYNC);
    notify(PRECOPY_NOTIFY_AFTER_BITMAP_SYNC);
}

static void begin_migration(void)
{
    world.ram = (MigrationStats){.total = 1 << 30, .page_size = 4096, .mbps = MBPS};
    world.has_counters = false;
    world.migration.state = MIGRATION_STATUS_SETUP;
    sync_bitmap();
    world.migration.state = MIGRATION_STATUS_ACTIVE;
    world.has_counters = true;
    world.ram.remaining = world.ram.total;
}

/* Sends all that remains, then finds `remaining` bytes dirty. */
static void round_of(int64_t remaining)
{
    int64_t bytes = world.ram.remaining;

    for (int64_t sent = 0; sent < bytes; sent += bytes / 8) {
        world.now_ms += bytes / 8 / 100000; /* 100 MB/s */
        world.ram.transferred += bytes / 8;
        world.ram.normal += bytes / 8 / 4096;
        world.ram.remaining -= bytes / 8;
        if (world.timer != NULL)
            world.timer->callback(world.timer->opaque);
    }
    world.ram.remaining = remaining;
    sync_bitmap();
}

static void end_migration(MigrationStatus status)
{
    world.migration.state = status;
    notify(PRECOPY_NOTIFY_CLEANUP);
    assert_null(world.timer);
}

static bool stands_back(void)
{
    return world.migration.threshold_size == THRESHOLD &&
           world.migration.parameters.downtime_limit == OPERATOR_MS;
}

static bool holds(void)
{
    return world.migration.threshold_size == 0 &&
           world.migration.parameters.downtime_limit == HELD_MS;
}

/* Rounds of a guest that dirties as much in each, until a STOP or as many as asked for. */
static bool stops_within(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        round_of(REMAINING);
        if (world.migration.threshold_size > REMAINING)
            return true;
    }
    return false;
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

static void test_off_unless_a_model_is_named(void **state)
{
    (void)state;
    start(NULL, "kappa=3", NULL);
    assert_null(world.machine_done);
    start("", NULL, NULL);
    assert_null(world.machine_done);
    assert_int_equal(world.warnings, 0);
}

static void test_a_bad_model_is_one_warning(void **state)
{
    (void)state;
    start("no/such.model", NULL, NULL);
    assert_null(world.sync);
    assert_int_equal(world.warnings, 1);
    assert_non_null(strstr(world.warning, "no/such.model"));
}

static void test_bad_options_are_one_warning(void **state)
{
    static const char *const bad[] = {
        "kapa=3",    "kappa",          "kappa=",        "kappa=x",          "kappa=3x",
        "kappa=nan", "policy=none",    "confidence=1",  "confidence=2",     "hold=-1",
        "hold=inf",  "observe-only=1", "stop-when-met", "deadline=-1",      ",",
        "=",         "kappa=3,,",      "hold=3000000",  "stop-when-met=yes"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        start("builtin", bad[i], NULL);
        if (world.sync != NULL || world.warnings != 1)
            fail_msg("'%s' is taken, or not told of", bad[i]);
        assert_non_null(strstr(world.warning, "QEMU_PRECOPYML_OPTIONS"));
    }
}

static void test_good_options(void **state)
{
    (void)state;
    start("builtin",
          "policy=threshold,kappa=3,downtime-limit=200,hard-max=900.5,deadline=60,"
          "confidence=0.95,hold=20,stop-when-met=off,observe-only=off",
          NULL);
    assert_non_null(world.sync);
    assert_int_equal(world.warnings, 0);
    begin_migration();
    assert_int_equal(world.migration.parameters.downtime_limit, 20);
    end_migration(MIGRATION_STATUS_COMPLETED);
}

static void test_decides_at_the_sync(void **state)
{
    (void)state;
    start("builtin", NULL, NULL);
    begin_migration();
    assert_int_equal(world.migration.parameters.downtime_limit, HELD_MS);
    assert_true(stops_within(10));
    /* All of RAM passes; the rest is judged by the operator's 300 ms at 100 MB/s. */
    assert_int_equal(world.migration.threshold_size, world.ram.remaining + 1 + 30000000);
    assert_int_equal(world.migration.parameters.downtime_limit, OPERATOR_MS);
    world.run = RUN_STATE_FINISH_MIGRATE;
    sync_bitmap();
    assert_true(stands_back());
    end_migration(MIGRATION_STATUS_COMPLETED);
    assert_int_equal(world.migration.parameters.downtime_limit, OPERATOR_MS);
}

static void test_holds_until_the_end(void **state)
{
    static const MigrationStatus ends[] = {MIGRATION_STATUS_CANCELLED, MIGRATION_STATUS_FAILED};

    (void)state;
    start("builtin", "hard-max=1", NULL); /* never to be met */
    for (size_t i = 0; i < 2; i++) {      /* the second in the same process */
        begin_migration();
        for (int rounds = 0; rounds < 5; rounds++) {
            round_of(REMAINING);
            assert_true(holds());
        }
        end_migration(ends[i]);
        assert_int_equal(world.migration.parameters.downtime_limit, OPERATOR_MS);
    }
    notify(PRECOPY_NOTIFY_CLEANUP); /* of a migration that never began */
}

static void test_the_operators_newest_word(void **state)
{
    (void)state;
    start("builtin", "hard-max=1", NULL);
    begin_migration();
    world.migration.parameters.downtime_limit = 600;
    round_of(REMAINING);
    assert_int_equal(world.migration.parameters.downtime_limit, 200);
    world.migration.parameters.downtime_limit = 900;
    end_migration(MIGRATION_STATUS_CANCELLED);
    assert_int_equal(world.migration.parameters.downtime_limit, 900);
}

static void hold_is(const char *options, uint64_t operator_ms, uint64_t expected_ms)
{
    start("builtin", options, NULL);
    world.migration.parameters.downtime_limit = operator_ms;
    begin_migration();
    assert_int_equal(world.migration.parameters.downtime_limit, expected_ms);
    end_migration(MIGRATION_STATUS_CANCELLED);
    assert_int_equal(world.migration.parameters.downtime_limit, operator_ms);
}

static void test_how_low_it_holds(void **state)
{
    (void)state;
    hold_is(NULL, 300, 100);
    hold_is("downtime-limit=120", 300, 40);
    hold_is("downtime-limit=3000", 300, 300); /* never more than the operator's */
    hold_is("hold=500", 300, 300);
    hold_is(NULL, 2, 1);
    hold_is("hold=0", 300, 300);
}

static void test_without_a_hold_both_rules_count(void **state)
{
    (void)state;
    start("builtin", "hold=0,hard-max=1", NULL);
    begin_migration();
    round_of(REMAINING);
    assert_true(stands_back());
    end_migration(MIGRATION_STATUS_COMPLETED);
}

static void test_no_answer_is_qemus_rule(void **state)
{
    (void)state;
    start("builtin", "hard-max=1", NULL);
    begin_migration();
    round_of(REMAINING);
    assert_true(holds());
    world.has_counters = false; /* QEMU tells nothing */
    sync_bitmap();
    assert_true(stands_back());
    world.has_counters = true;
    round_of(REMAINING);
    assert_true(holds());
    world.ram.remaining = -1; /* nonsense */
    sync_bitmap();
    assert_true(stands_back());
    end_migration(MIGRATION_STATUS_COMPLETED);

    start("builtin", "policy=slo,downtime-limit=5000", NULL); /* a bound that builtin lacks */
    begin_migration();
    round_of(REMAINING);
    assert_true(stands_back());
    end_migration(MIGRATION_STATUS_COMPLETED);
}

static void test_not_its_business(void **state)
{
    (void)state;
    start("builtin", "hard-max=1", NULL);
    begin_migration();
    round_of(REMAINING);
    world.migration.start_postcopy = true;
    round_of(REMAINING);
    assert_true(stands_back());
    world.migration.start_postcopy = false;
    world.run = RUN_STATE_PAUSED;
    round_of(REMAINING);
    assert_true(stands_back());
    end_migration(MIGRATION_STATUS_COMPLETED);

    begin_migration(); /* of a guest that does not run */
    round_of(REMAINING);
    assert_true(stands_back());
    assert_null(world.timer);
    end_migration(MIGRATION_STATUS_COMPLETED);
}

static void test_observe_only_changes_nothing(void **state)
{
    (void)state;
    start("builtin", "observe-only=on", NULL);
    begin_migration();
    for (int rounds = 0; rounds < 8; rounds++) {
        round_of(REMAINING);
        assert_true(stands_back());
    }
    end_migration(MIGRATION_STATUS_COMPLETED);
}

static void test_the_log(void **state)
{
    char path[] = "adapter-log-XXXXXX", text[16384] = "";
    int file = mkstemp(path);

    (void)state;
    assert_true(file >= 0);
    start("builtin", NULL, path);
    begin_migration();
    assert_true(stops_within(10));
    world.run = RUN_STATE_FINISH_MIGRATE;
    sync_bitmap();
    end_migration(MIGRATION_STATUS_COMPLETED);
    assert_true(read(file, text, sizeof text - 1) > 0);
    close(file);
    unlink(path);
    assert_ptr_equal(strstr(text, "{\"begins\":{\"model\":\""), text);
    assert_non_null(strstr(text, "{\"verdict\":\"STOP\",\"reason\":\"no-gain\",\"in_force\":true"));
    assert_non_null(strstr(text, "\"remaining\":300000000,"));
    assert_non_null(strstr(text, "\"upper_ms\":null,\"doubt\":0."));
    assert_non_null(strstr(text, "\n{\"stopped\":{\"t\":"));
    assert_non_null(strstr(text, "\n{\"result\":{\"status\":\"completed\",\"ended_by\":\"us\","
                                 "\"downtime_limit_ms\":300}"));
    assert_int_equal(text[strlen(text) - 1], '\n');

    start("builtin", NULL, "no/such/folder/log"); /* decides all the same */
    assert_int_equal(world.warnings, 1);
    begin_migration();
    assert_true(stops_within(10));
    end_migration(MIGRATION_STATUS_COMPLETED);
}

/* A guest does not stand still for who reads the log, or does not. */
static void test_a_log_that_nobody_reads(void **state)
{
    char folder[] = "adapter-log-XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/log", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(20);
    start("builtin", NULL, path); /* no reader at all */
    assert_int_equal(world.warnings, 1);
    assert_non_null(strstr(world.warning, path));

    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    fcntl(reader, F_SETPIPE_SZ, 4096);
    start("builtin", "hard-max=1", path); /* one that is asleep */
    assert_int_equal(world.warnings, 0);
    begin_migration();
    for (int rounds = 0; rounds < 50; rounds++) {
        round_of(REMAINING);
        assert_true(holds());
    }
    end_migration(MIGRATION_STATUS_CANCELLED);
    alarm(0);
    assert_int_equal(world.migration.parameters.downtime_limit, OPERATOR_MS);
    close(reader);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off_unless_a_model_is_named),
        cmocka_unit_test(test_a_bad_model_is_one_warning),
        cmocka_unit_test(test_bad_options_are_one_warning),
        cmocka_unit_test(test_good_options),
        cmocka_unit_test(test_decides_at_the_sync),
        cmocka_unit_test(test_holds_until_the_end),
        cmocka_unit_test(test_the_operators_newest_word),
        cmocka_unit_test(test_how_low_it_holds),
        cmocka_unit_test(test_without_a_hold_both_rules_count),
        cmocka_unit_test(test_no_answer_is_qemus_rule),
        cmocka_unit_test(test_not_its_business),
        cmocka_unit_test(test_observe_only_changes_nothing),
        cmocka_unit_test(test_the_log),
        cmocka_unit_test(test_a_log_that_nobody_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
