/* SPDX-License-Identifier: MIT */
/* `precopyml qmp --throttle-max` against a QEMU that is not there and throttles as QEMU does. */
#include <signal.h>

#include "qmp_run.h"

/* A guest that writes its set, 100 ms of the link, in 50 ms of vCPU time. */
static void set_up(struct fake_qemu *fake)
{
    fake->total = 400e6;
    fake->set = 100e6;
    fake->rate = 1e9;
    fake->auto_converge = true;
    fake->busy = 0.05;
    fake->downtime = 0.02;
}

static void assert_parameters_restored(const struct fake_qemu *fake)
{
    assert_true(fake->throttle.trigger == 50);
    assert_true(fake->throttle.initial == 20);
    assert_true(fake->throttle.increment == 10);
    assert_true(fake->throttle.most == 99);
    assert_restored(fake);
}

static json_t *throttling(const struct fake_qemu *fake, json_t **line)
{
    return result_of(fake, "throttle", line);
}

static void test_throttles_and_restores(void **state)
{
    struct fake_qemu *fake = *state;
    json_t *line, *told, *first;

    set_up(fake);
    RUN(fake, EXIT_OK, "--json", "--hold", "5", "--downtime-limit", "80", "--throttle-max", "95");
    assert_true(fake->highest_throttle > 50 && fake->highest_throttle <= 95);
    assert_parameters_restored(fake);
    assert_non_null(strstr(fake->output, "\"action\":\"throttle\",\"percent\":"));
    told = throttling(fake, &line);
    assert_true(json_number_value(json_object_get(told, "highest")) == fake->highest_throttle);
    assert_true(json_number_value(json_object_get(told, "vcpu_seconds")) > 0);
    first = json_array_get(json_object_get(told, "asked"), 0);
    assert_true(json_number_value(json_object_get(first, "percent")) <= 95);
    assert_true(json_number_value(json_object_get(first, "iteration")) >= 2);
    json_decref(line);
}

static void test_allows_throttling_before_a_start(void **state)
{
    struct fake_qemu *fake = *state;

    set_up(fake);
    fake->auto_converge = false;
    fake->waits_for_start = true;
    RUN(fake, EXIT_OK, "--json", "--hold", "5", "--downtime-limit", "80", "--throttle-max", "95",
        "--start", "exec:true");
    assert_true(fake->auto_converge_was_on);
    assert_false(fake->auto_converge);
    assert_true(fake->highest_throttle > 50);
    assert_parameters_restored(fake);
}

/* At 99 % a round leaves half of what the one before left: in half a second, on any machine. */
static void set_up_slow(struct fake_qemu *fake)
{
    set_up(fake);
    fake->rate = 50e6;
    fake->total = 100e6;
    fake->set = 50e6;
    fake->busy = 0.02;
}

/* How often the limit went from 1 ms to one within these. */
static int raised(const struct fake_qemu *fake, double least, double most)
{
    int times = 0;

    for (int i = 1; i < fake->limit_count - 1; i++)
        times += fake->limits[i - 1] == 1 && fake->limits[i] > least && fake->limits[i] <= most;
    return times;
}

/*
 * The guest sleeps for a second. A round is sent whole, with 1 ms, and then QEMU may find as much
 * as is sent within the limit; never more.
 */
static void test_lets_qemu_in_at_the_end_of_a_round(void **state)
{
    struct fake_qemu *fake = *state;

    set_up_slow(fake);
    RUN(fake, EXIT_OK, "--json", "--hold", "5", "--downtime-limit", "350", "--throttle-max", "99");
    assert_true(fake->highest_throttle == 99);
    assert_true(raised(fake, 5, 350) > 0);
    for (int i = 0; i < fake->limit_count; i++)
        assert_true(fake->limits[i] <= 350);
    assert_non_null(strstr(fake->output, "\"action\":\"let-in\""));
    assert_result(fake, "ended_by", "\"qemu\"");
    assert_parameters_restored(fake);
}

/* A stop waits for the end of its round, too. */
static void stop_at_the_end(struct fake_qemu *fake, const char *poll_ms)
{
    set_up_slow(fake);
    RUN(fake, EXIT_OK, "--json", "--hold", "5", "--hard-max", "500", "--throttle-max", "99",
        "--kappa", "0", "--poll", poll_ms);
    assert_true(fake->highest_throttle == 99);
    assert_true(raised(fake, 5, 2000000) > 0);
    assert_null(strstr(fake->output, "\"action\":\"let-in\""));
    assert_non_null(strstr(fake->output, "\"action\":\"permit\""));
    assert_result(fake, "ended_by", "\"us\"");
    assert_parameters_restored(fake);
}

static void test_stops_at_the_end_of_a_round(void **state)
{
    stop_at_the_end(*state, "10");
}

/* A poll that is longer than any round. */
static void test_stops_however_seldom_it_polls(void **state)
{
    stop_at_the_end(*state, "2000");
}

/* One that was declined is not held off for ever. */
static void test_a_stop_that_is_declined_is_permitted_again(void **state)
{
    struct fake_qemu *fake = *state;

    set_up_slow(fake);
    fake->declines = true;
    fake->signal = SIGTERM;
    fake->fault_look = 500;
    RUN(fake, EXIT_INTERRUPTED, "--json", "--hold", "5", "--hard-max", "500", "--throttle-max",
        "99", "--kappa", "0", "--switch-timeout", "0.1");
    assert_true(raised(fake, 5, 2000000) > 1);
    assert_parameters_restored(fake);
}

/* Where nothing has to be throttled, no more than 1 % ever is. */
static void test_keeps_the_ramp_down(void **state)
{
    struct fake_qemu *fake = *state;

    set_up(fake);
    RUN(fake, EXIT_OK, "--json", "--hold", "5", "--downtime-limit", "500", "--throttle-max", "95");
    assert_true(fake->highest_throttle <= 1);
    assert_parameters_restored(fake);
}

static void test_without_the_option_nothing_is_touched(void **state)
{
    struct fake_qemu *fake = *state;
    json_t *line;

    set_up(fake);
    fake->throttle.initial = 30;
    RUN(fake, EXIT_OK, "--json");
    assert_true(fake->throttle.initial == 30 && fake->throttle.trigger == 50);
    assert_int_equal(json_array_size(json_object_get(throttling(fake, &line), "asked")), 0);
    json_decref(line);
}

static void end_by_signal(struct fake_qemu *fake, int number)
{
    set_up(fake);
    fake->declines = true;
    signal(number, SIG_DFL); /* under nohup it would be ignored, and so it would stay */
    fake->signal = number;
    fake->fault_look = 60;
    RUN(fake, EXIT_INTERRUPTED, "--json", "--hold", "5", "--downtime-limit", "80", "--throttle-max",
        "95");
    assert_non_null(strstr(fake->output, "\"action\":\"throttle\""));
    assert_parameters_restored(fake);
}

static void test_sigterm(void **state)
{
    end_by_signal(*state, SIGTERM);
}

static void test_sighup(void **state)
{
    end_by_signal(*state, SIGHUP);
}

/* While the migration runs QEMU takes no capability back: to be told, for it outlives us. */
static void test_tells_of_a_capability_left_on(void **state)
{
    struct fake_qemu *fake = *state;

    set_up(fake);
    fake->auto_converge = false;
    fake->waits_for_start = true;
    fake->declines = true;
    fake->signal = SIGTERM;
    fake->fault_look = 20;
    RUN(fake, EXIT_INTERRUPTED, "--json", "--hold", "5", "--downtime-limit", "80", "--throttle-max",
        "95", "--start", "exec:true");
    assert_parameters_restored(fake);
    assert_true(fake->auto_converge);
    assert_non_null(strstr(fake->messages, "auto-converge is still on"));
    assert_non_null(strstr(fake->output, "auto-converge is still on"));
}

static void test_connection_breaks(void **state)
{
    struct fake_qemu *fake = *state;

    set_up(fake);
    fake->declines = true;
    fake->fault = FAKE_RECONNECTS;
    fake->fault_look = 60;
    RUN(fake, EXIT_MONITOR_GONE, "--json", "--hold", "5", "--downtime-limit", "80",
        "--throttle-max", "95");
    assert_parameters_restored(fake);
}

static void test_migration_is_cancelled(void **state)
{
    struct fake_qemu *fake = *state;

    set_up(fake);
    fake->declines = true;
    fake->fault = FAKE_IS_CANCELLED;
    fake->fault_look = 60;
    RUN(fake, EXIT_MIGRATION_CANCELLED, "--json", "--hold", "5", "--downtime-limit", "80",
        "--throttle-max", "95");
    assert_parameters_restored(fake);
}

/* What cannot be put back is said; what can be is put back all the same. */
static void test_refused_throttle_keeps_no_limit(void **state)
{
    struct fake_qemu *fake = *state;

    set_up(fake);
    fake->declines = true;
    fake->signal = SIGTERM;
    fake->fault = FAKE_REFUSES_THROTTLE;
    fake->fault_look = 60;
    RUN(fake, EXIT_NOT_RESTORED, "--json", "--hold", "5", "--downtime-limit", "80",
        "--throttle-max", "95");
    assert_true(fake->limit == OPERATOR_MS);
    assert_non_null(strstr(fake->messages, "throttle parameters"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, create, destroy)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(throttles_and_restores),
        TEST(allows_throttling_before_a_start),
        TEST(lets_qemu_in_at_the_end_of_a_round),
        TEST(stops_at_the_end_of_a_round),
        TEST(stops_however_seldom_it_polls),
        TEST(a_stop_that_is_declined_is_permitted_again),
        TEST(keeps_the_ramp_down),
        TEST(without_the_option_nothing_is_touched),
        TEST(sigterm),
        TEST(sighup),
        TEST(tells_of_a_capability_left_on),
        TEST(connection_breaks),
        TEST(migration_is_cancelled),
        TEST(refused_throttle_keeps_no_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
