/* SPDX-License-Identifier: MIT */
/* `precopyml qmp` from end to end, against a QEMU that is not there. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <signal.h>

#include <precopyml.h>

#include "history.h"
#include "qmp_run.h"

/* What the session is to say instead of what it thinks; the program is a child and inherits it. */
static uint32_t dictated_verdict; /* CONTINUE: nothing is dictated */
static int failing_questions;

int __real_precopyml_should_stop(precopyml_session *session,
                                 const struct precopyml_features *features,
                                 struct precopyml_decision *decision);
int __wrap_precopyml_should_stop(precopyml_session *session,
                                 const struct precopyml_features *features,
                                 struct precopyml_decision *decision);

int __wrap_precopyml_should_stop(precopyml_session *session,
                                 const struct precopyml_features *features,
                                 struct precopyml_decision *decision)
{
    int result = __real_precopyml_should_stop(session, features, decision);

    if (failing_questions > 0) {
        failing_questions--;
        decision->verdict = PRECOPYML_CONTINUE;
        decision->reason = PRECOPYML_REASON_UNKNOWN_INPUT;
        return -EPROTO;
    }
    if (dictated_verdict != PRECOPYML_CONTINUE)
        decision->verdict = dictated_verdict;
    return result;
}

/* ---- It ends a migration that QEMU would not end -------------------------------------------- */

static void assert_stopped(const struct fake_qemu *fake)
{
    assert_true(fake->limits[0] == HOLD_MS);
    assert_true(fake->limits[1] > 100); /* what is pending takes 100 ms to send */
    assert_true(fake->limits[1] < 1000);
    assert_restored(fake);
    assert_result(fake, "ended_by", "\"us\"");
    assert_result(fake, "downtime_ms", "120");
    assert_result(fake, "restored", "true");
    assert_string_equal(fake->status, "completed");
}

static void test_stops_and_restores(void **state)
{
    struct fake_qemu *fake = *state;

    RUN(fake, EXIT_OK, "--json");
    assert_stopped(fake);
    assert_true(fake->events_were_on);
    assert_false(fake->events);
    assert_non_null(strstr(fake->output, "\"verdict\":\"STOP\""));
    assert_non_null(strstr(fake->output, "\"action\":\"permit\""));
}

static void test_stops_when_little_is_told(void **state)
{
    struct fake_qemu *fake = *state;

    fake->old = true;
    RUN(fake, EXIT_OK, "--json");
    assert_stopped(fake);
}

static void test_stops_behind_a_pretty_monitor(void **state)
{
    struct fake_qemu *fake = *state;

    fake->pretty = true;
    RUN(fake, EXIT_OK, "--json");
    assert_stopped(fake);
}

static void test_asks_again_for_the_downtime(void **state)
{
    struct fake_qemu *fake = *state;

    fake->late_downtime = true;
    RUN(fake, EXIT_OK, "--json");
    assert_stopped(fake);
}

static void test_starts_the_migration(void **state)
{
    struct fake_qemu *fake = *state;

    fake->waits_for_start = true;
    RUN(fake, EXIT_OK, "--json", "--start", "exec:true");
    assert_stopped(fake);
    assert_non_null(strstr(fake->messages, "cannot be checked from here"));
}

static void test_follows_an_old_failure(void **state)
{
    struct fake_qemu *fake = *state;

    fake->status = "failed";
    fake->waits_for_start = true;
    RUN(fake, EXIT_OK, "--json", "--start", "exec:true");
    assert_stopped(fake);
}

static void test_speaks_to_people(void **state)
{
    struct fake_qemu *fake = *state;

    RUN(fake, EXIT_OK, "--hold", "7", "--downtime-limit", "5000");
    assert_true(fake->limits[0] == 7);
    assert_restored(fake);
    assert_non_null(strstr(fake->output, "iteration 2, "));
    assert_non_null(strstr(fake->output, "STOP"));
    assert_non_null(strstr(fake->output, "ended by us; downtime 120 ms"));
}

/* ---- Permission not used --------------------------------------------------------------------- */

static void test_takes_a_permission_back(void **state)
{
    struct fake_qemu *fake = *state;

    fake->deaf_once = true;
    RUN(fake, EXIT_OK, "--json", "--switch-timeout", "0.3");
    assert_true(fake->limit_count >= 5);
    assert_true(fake->limits[0] == HOLD_MS);
    assert_true(fake->limits[1] > 100);
    assert_true(fake->limits[2] == HOLD_MS);
    assert_true(fake->limits[3] > 100);
    assert_restored(fake);
    assert_result(fake, "ended_by", "\"us\"");
    assert_non_null(strstr(fake->output, "made no use of the permission"));
}

static void test_goes_on_after_a_burst(void **state)
{
    struct fake_qemu *fake = *state;

    fake->declines = true;
    fake->burst_at = 0.6;
    fake->signal = SIGTERM;
    fake->fault_look = 150;
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_restored(fake);
    assert_string_equal(fake->status, "active");
}

static void test_steps_back_while_it_knows_nothing(void **state)
{
    struct fake_qemu *fake = *state;

    failing_questions = 2;
    RUN(fake, EXIT_OK, "--json");
    assert_true(fake->limits[0] == HOLD_MS);
    assert_true(fake->limits[1] == OPERATOR_MS);
    assert_true(fake->limits[2] == HOLD_MS || fake->limits[2] > 100);
    assert_restored(fake);
    assert_result(fake, "ended_by", "\"us\"");
}

/* ---- Hopeless ----------------------------------------------------------------------------------
 */

static void test_hopeless_is_reported(void **state)
{
    struct fake_qemu *fake = *state;

    dictated_verdict = PRECOPYML_HOPELESS;
    fake->signal = SIGTERM;
    fake->fault_look = 100;
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_int_equal(fake->limit_count, 2);
    assert_restored(fake);
    assert_non_null(strstr(fake->output, "\"verdict\":\"HOPELESS\""));
}

static void test_hopeless_is_cancelled(void **state)
{
    struct fake_qemu *fake = *state;

    dictated_verdict = PRECOPYML_HOPELESS;
    RUN(fake, EXIT_HOPELESS, "--json", "--on-hopeless", "cancel");
    assert_string_equal(fake->status, "cancelled");
    assert_restored(fake);
}

static void test_hopeless_goes_to_postcopy(void **state)
{
    struct fake_qemu *fake = *state;

    dictated_verdict = PRECOPYML_HOPELESS;
    fake->postcopy_ram = true;
    RUN(fake, EXIT_OK, "--json", "--on-hopeless", "postcopy");
    assert_result(fake, "ended_by", "\"postcopy\"");
    assert_restored(fake);
}

static void test_throttling_is_reported(void **state)
{
    struct fake_qemu *fake = *state;

    dictated_verdict = PRECOPYML_THROTTLE;
    fake->signal = SIGTERM;
    fake->fault_look = 100;
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_restored(fake);
    assert_non_null(strstr(fake->output, "\"throttle\":"));
}

/* ---- Every other end gives the operator's limit back ----------------------------------------- */

static void end_by_signal(struct fake_qemu *fake, int number)
{
    signal(number, SIG_DFL); /* under nohup it would be ignored, and so it would stay */
    fake->declines = true;   /* so that it runs still when it is left */
    fake->signal = number;
    fake->fault_look = 20;
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_restored(fake);
    assert_result(fake, "ended_by", "null");
    assert_result(fake, "restored", "true");
    assert_string_equal(fake->status, "active");
}

static void test_sigterm(void **state)
{
    end_by_signal(*state, SIGTERM);
}

static void test_sigint(void **state)
{
    end_by_signal(*state, SIGINT);
}

static void test_sighup(void **state)
{
    end_by_signal(*state, SIGHUP);
}

static void test_leaves_a_newer_limit(void **state)
{
    struct fake_qemu *fake = *state;

    fake->signal = SIGTERM;
    fake->operator_ms = 77;
    fake->fault_look = 20;
    RUN(fake, EXIT_INTERRUPTED, "--json");
    assert_true(fake->limit == 77);
}

static void end_by_fault(struct fake_qemu *fake, enum fake_fault fault, int code)
{
    fake->fault = fault;
    fake->fault_look = 20;
    RUN(fake, code, "--json", "--monitor-timeout", fault == FAKE_STALLS ? "1" : "10");
}

static void test_qemu_dies(void **state)
{
    end_by_fault(*state, FAKE_CLOSES, EXIT_MONITOR_GONE);
    assert_result(*state, "restored", "true"); /* nobody is left to hold off */
}

static void test_connection_breaks(void **state)
{
    end_by_fault(*state, FAKE_RECONNECTS, EXIT_MONITOR_GONE);
    assert_restored(*state);
}

static void test_monitor_talks_nonsense(void **state)
{
    end_by_fault(*state, FAKE_GARBAGE, EXIT_NOT_A_MONITOR);
    assert_restored(*state);
}

static void test_monitor_stalls(void **state)
{
    struct fake_qemu *fake = *state;

    end_by_fault(fake, FAKE_STALLS, EXIT_STALLED);
    assert_result(fake, "restored", "false");
    assert_non_null(strstr(fake->messages, "is 60 ms again: see to it"));
    assert_non_null(strstr(fake->messages, "may go on"));
}

static void test_guest_shuts_down(void **state)
{
    end_by_fault(*state, FAKE_SHUTS_DOWN, EXIT_GUEST_GONE);
}

static void test_migration_fails(void **state)
{
    struct fake_qemu *fake = *state;

    end_by_fault(fake, FAKE_FAILS, EXIT_MIGRATION_FAILED);
    assert_restored(fake);
    assert_non_null(strstr(fake->messages, "the link is down"));
}

static void test_migration_is_cancelled(void **state)
{
    end_by_fault(*state, FAKE_IS_CANCELLED, EXIT_MIGRATION_CANCELLED);
    assert_restored(*state);
}

/* ---- The trace --------------------------------------------------------------------------------
 */

static void test_records(void **state)
{
    struct fake_qemu *fake = *state;
    char path[128], line[8192], last[8192] = "";
    int samples = 0, stops = 0;

    snprintf(path, sizeof path, "%s/trace", fake->folder);
    RUN(fake, EXIT_OK, "--json", "--record", path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_ptr_equal(strstr(line, "{\"meta\":{"), line);
    while (fgets(line, sizeof line, file) != NULL) {
        json_t *object = json_loads(line, 0, NULL);
        const char *event = json_string_value(json_object_get(object, "event"));

        assert_non_null(object);
        samples += json_object_get(object, "query-migrate") != NULL;
        stops += event != NULL && strcmp(event, "STOP") == 0;
        json_decref(object);
        strcpy(last, line);
    }
    fclose(file);
    /* Every look that found a migration, but for the one before it was followed. */
    assert_in_range(samples, fake->looks_told - 1, fake->looks_told);
    assert_int_equal(stops, 1);
    assert_ptr_equal(strstr(last, "{\"outcome\":{\"downtime_ms\":120,\"source\":\"qemu\","), last);
    assert_non_null(strstr(last, "\"ended_by\":\"us\""));
    assert_non_null(strstr(last, "\"predicted_downtime_ms\":")); /* for a calibration */
    assert_non_null(strstr(last, "\"policy\":\"optimal\""));
}

/* The only file of a folder, parsed, both removed; NULL when there is not exactly one. */
static json_t *take_only_file(const char *folder)
{
    struct dirent **file;
    int count = scandir(folder, &file, NULL, alphasort);
    json_t *object = NULL;
    char path[512];

    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, file[i]->d_name);
        if (count == 3 && file[i]->d_name[0] != '.')
            object = json_load_file(path, 0, NULL), unlink(path);
        free(file[i]);
    }
    if (count > 0)
        free(file);
    rmdir(folder);
    return object;
}

/* What was remembered counts for the model that decided, and for no other. */
static void assert_counts(const char *folder, const char *model_path)
{
    struct wanted wanted = {.source = "qemu", .policy = "optimal"};
    struct history history;
    precopyml_model *model = NULL;

    assert_int_equal(precopyml_model_load_path(model_path, &model), 0);
    fingerprint_text(wanted.model, model);
    precopyml_model_unref(&model);
    assert_int_equal(history_read(&history, "test", folder), EXIT_OK);
    assert_int_equal(history.count, 1);
    assert_int_equal(finished_objection(&history.entry[0], &wanted), OBJECTION_NONE);
    wanted.model[0] ^= 1;
    assert_int_equal(finished_objection(&history.entry[0], &wanted), OBJECTION_OTHER_MODEL);
    history_free(&history);
}

static void test_history(void **state)
{
    const char *root = getenv("PRECOPYML_SOURCE_ROOT");
    char model[4096];
    struct fake_qemu *fake = *state;
    const json_t *stop;
    json_t *entry, *line;
    double forecast, observed, doubt;
    char path[128];

    snprintf(path, sizeof path, "%s/history", fake->folder);
    snprintf(model, sizeof model, "%s/tests/golden/good-physics.pcml", root ? root : ".");
    RUN(fake, EXIT_OK, "--json", "--history", path, "--downtime-limit", "300", "--model", model);
    assert_counts(path, model);
    entry = take_only_file(path);
    assert_non_null(entry);
    assert_string_equal(json_string_value(json_object_get(entry, "ended_by")), "us");
    assert_string_equal(json_string_value(json_object_get(entry, "source")), "qemu");
    assert_true(json_number_value(json_object_get(entry, "time")) > 1e9);
    observed = json_number_value(json_object_get(entry, "downtime_ms"));
    assert_true(fabs(observed - 120) < 1e-9);
    stop = json_object_get(entry, "stop");
    forecast = json_number_value(json_object_get(stop, "predicted_downtime_ms"));
    doubt = json_number_value(json_object_get(stop, "doubt"));
    assert_true(doubt > 0.1);
    assert_true(fabs(json_number_value(json_object_get(entry, "score")) -
                     log(observed / forecast) / doubt) < 1e-9);
    assert_string_equal(json_string_value(json_object_get(stop, "policy")), "optimal");
    assert_int_equal(strlen(json_string_value(json_object_get(stop, "model"))), 16);
    assert_true(json_number_value(json_object_get(stop, "downtime_limit_ms")) == 300);
    const json_t *said = result_of(fake, "stop", &line); /* the result says the same */
    assert_true(json_equal(json_object_get(said, "model"), json_object_get(stop, "model")));
    assert_true(
        json_equal(json_object_get(said, "sync_count"), json_object_get(stop, "sync_count")));
    json_decref(line);
    json_decref(entry);
}

static void test_history_that_cannot_be(void **state)
{
    struct fake_qemu *fake = *state;
    char path[128];

    snprintf(path, sizeof path, "%s/no/such", fake->folder);
    RUN(fake, EXIT_OUTPUT, "--json", "--history", path);
    assert_int_equal(fake->limit_count, 0); /* QEMU was left alone */
}

static int create_undictated(void **state)
{
    dictated_verdict = PRECOPYML_CONTINUE;
    failing_questions = 0;
    return create(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, create_undictated, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stops_and_restores),
        TEST(stops_when_little_is_told),
        TEST(stops_behind_a_pretty_monitor),
        TEST(asks_again_for_the_downtime),
        TEST(starts_the_migration),
        TEST(follows_an_old_failure),
        TEST(speaks_to_people),
        TEST(takes_a_permission_back),
        TEST(goes_on_after_a_burst),
        TEST(steps_back_while_it_knows_nothing),
        TEST(hopeless_is_reported),
        TEST(hopeless_is_cancelled),
        TEST(hopeless_goes_to_postcopy),
        TEST(throttling_is_reported),
        TEST(sigterm),
        TEST(sigint),
        TEST(sighup),
        TEST(leaves_a_newer_limit),
        TEST(qemu_dies),
        TEST(connection_breaks),
        TEST(monitor_talks_nonsense),
        TEST(monitor_stalls),
        TEST(guest_shuts_down),
        TEST(migration_fails),
        TEST(migration_is_cancelled),
        TEST(records),
        TEST(history),
        TEST(history_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
