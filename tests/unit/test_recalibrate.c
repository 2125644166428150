/* SPDX-License-Identifier: MIT */
/* recalibrate and coverage from the command line: what counts, what does not, what is said. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <precopyml.h>

#include "binomial_interval.h"
#include "command.h"
#include "exit_codes.h"
#include "history.h"
#include "trace_files.h"

static const char *golden = "tests/golden/good-physics.pcml";

struct fixture {
    char *folder;
    char model[4096], made[4096], history[4096];
    char fingerprint[STOP_RECORD_WORD];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const char *root = getenv("PRECOPYML_SOURCE_ROOT");
    precopyml_model *model = NULL;

    fixture->folder = folder_make();
    snprintf(fixture->model, sizeof fixture->model, "%s/%s", root ? root : ".", golden);
    snprintf(fixture->made, sizeof fixture->made, "%s/made.model", fixture->folder);
    snprintf(fixture->history, sizeof fixture->history, "%s-history", fixture->folder);
    if (precopyml_model_load_path(fixture->model, &model) != 0)
        return -1;
    fingerprint_text(fixture->fingerprint, model);
    precopyml_model_unref(&model);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    folder_remove(fixture->folder);
    if (access(fixture->history, F_OK) == 0)
        folder_remove(strdup(fixture->history));
    free(fixture);
    return 0;
}

/* ---- Migrations ---- */

static const double doubt = 2; /* of every stop here */

/* One that counts. */
static struct finished sound(const struct fixture *fixture, double score)
{
    struct finished finished;

    finished_read(&finished, NULL);
    finished.time = 1e9;
    finished.downtime = 0.5 * exp(score * doubt);
    strcpy(finished.source, "events");
    strcpy(finished.ended_by, "us");
    finished.stop.t = 10;
    finished.stop.forecast = 0.5;
    finished.stop.doubt = doubt;
    finished.stop.limit = 0.7;
    finished.stop.confidence = 0.9;
    strcpy(finished.stop.reason, "limit-met");
    strcpy(finished.stop.policy, "threshold");
    strcpy(finished.stop.model, fixture->fingerprint);
    return finished;
}

/* As a trace; to be freed. `sample`: one more line of it, or NULL. */
static char *trace_of(const struct fixture *fixture, const char *name,
                      const struct finished *finished, const char *sample)
{
    char *path;
    FILE *stream;
    struct json_line line;

    assert_true(asprintf(&path, "%s/%s.jsonl", fixture->folder, name) > 0);
    stream = fopen(path, "w");
    assert_non_null(stream);
    fputs("{\"meta\":{\"id\":\"x\"}}\n", stream);
    if (sample != NULL)
        fprintf(stream, "%s\n", sample);
    json_line_begin(&line, stream);
    json_line_open(&line, "outcome");
    json_line_number(&line, "downtime_ms", finished->downtime * 1e3);
    json_line_string(&line, "source", finished->source);
    json_line_bool(&line, "forced", finished->forced);
    json_line_string(&line, "ended_by", finished->ended_by);
    if (finished->invalid)
        json_line_bool(&line, "downtime_valid", false);
    if (!isnan(finished->stop.forecast)) {
        json_line_open(&line, "decided_at");
        stop_record_write(&line, &finished->stop);
        json_line_close(&line);
    }
    json_line_close(&line);
    json_line_end(&line);
    assert_int_equal(fclose(stream), 0);
    return path;
}

static void remember(const struct fixture *fixture, const struct finished *finished)
{
    assert_int_equal(history_prepare("test", fixture->history), EXIT_OK);
    assert_int_equal(history_add("test", fixture->history, finished, NULL), EXIT_OK);
}

/* ---- Runs ---- */

static json_t *run_json(int (*command)(int, char **), const char *const *arguments)
{
    char *output;
    json_t *object;

    assert_int_equal(run_caught(command, arguments, &output), EXIT_OK);
    object = json_loads(output, 0, NULL);
    if (!json_is_object(object))
        fail_msg("no JSON object: %s", output);
    free(output);
    return object;
}

static void assert_fails(int (*command)(int, char **), const char *const *arguments, int code)
{
    char *output;

    assert_int_equal(run_caught(command, arguments, &output), code);
    assert_string_equal(output, "");
    free(output);
}
#define FAILS(command, code, ...) assert_fails(command, (const char *[]){__VA_ARGS__, NULL}, code)
#define JSON(command, ...)        run_json(command, (const char *[]){__VA_ARGS__, "--json", NULL})

static json_int_t count_of(const json_t *object, const char *outer, const char *inner)
{
    const json_t *value = json_object_get(object, outer);

    return json_integer_value(inner != NULL ? json_object_get(value, inner) : value);
}

static double upper_of(const char *path, double confidence)
{
    precopyml_model *model = NULL;
    double lower, upper;

    assert_int_equal(precopyml_model_load_path(path, &model), 0);
    assert_int_equal(
        precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, confidence, &lower, &upper), 0);
    precopyml_model_unref(&model);
    return upper;
}

/* ---- What counts ---- */

static void traces_give_a_score_each(void **state)
{
    struct fixture *fixture = *state;
    const char *arguments[40] = {"--model", fixture->model, "-o", fixture->made, "--json"};
    char *paths[19];
    json_t *summary;

    for (int i = 0; i < 19; i++) {
        struct finished finished = sound(fixture, (i * 7 % 19 - 9) / 10.0);
        char name[16];

        snprintf(name, sizeof name, "t%d", i);
        if (i % 3 == 0)
            strcpy(finished.stop.policy, "slo");
        arguments[5 + i] = paths[i] = trace_of(fixture, name, &finished, NULL);
    }
    summary = run_json(command_recalibrate, arguments);
    assert_int_equal(count_of(summary, "counted", NULL), 19);
    assert_int_equal(count_of(summary, "policies", "threshold"), 12);
    assert_int_equal(count_of(summary, "policies", "slo"), 7);
    json_decref(summary);
    /* -0.9 to 0.9; at 90 % the 18th of 19, at 95 % the 19th. */
    assert_true(fabs(upper_of(fixture->made, 0.9) - exp(0.8)) < 1e-9);
    assert_true(fabs(upper_of(fixture->made, 0.95) - exp(0.9)) < 1e-9);
    assert_true(isnan(upper_of(fixture->made, 0.96)));

    arguments[1] = fixture->made; /* the new model knows them as its own */
    arguments[2] = "--confidence";
    arguments[3] = "0.8";
    summary = run_json(command_coverage, arguments);
    assert_int_equal(count_of(summary, "calibration_scores", NULL), 19);
    assert_int_equal(count_of(json_object_get(summary, "upper"), "held", NULL), 16);
    assert_int_equal(count_of(json_object_get(summary, "lower"), "held", NULL), 16);
    assert_true(json_is_null(json_object_get(summary, "upper_in_use")));
    assert_true(fabs(json_real_value(json_object_get(summary, "upper_over_forecast")) -
                     exp(0.6 * doubt)) < 1e-6);
    /* The middle one of scores that lie evenly around 0 was forecast right. */
    assert_true(fabs(json_real_value(json_object_get(summary, "upper_over_observed")) -
                     exp(0.6 * doubt)) < 1e-6);
    json_decref(summary);
    for (int i = 0; i < 19; i++)
        free(paths[i]);
}

enum { KINDS = 17 };

/* Why none of the next counts. */
static const enum objection expected[KINDS] = {
    OBJECTION_FORCED,       OBJECTION_FORCED,      OBJECTION_QEMU,        OBJECTION_POSTCOPY,
    OBJECTION_POSTCOPY,     OBJECTION_OTHER_END,   OBJECTION_NO_OUTCOME,  OBJECTION_NO_FORECAST,
    OBJECTION_OTHER_MODEL,  OBJECTION_DEADLINE,    OBJECTION_THROTTLED,   OBJECTION_THROTTLED,
    OBJECTION_EXTRAPOLATED, OBJECTION_NO_DOWNTIME, OBJECTION_NO_DOWNTIME, OBJECTION_OTHER_SOURCE,
    OBJECTION_NO_DOUBT};

/* Each is one that counts, but for one thing. */
static void what_does_not_count_has_a_reason(void **state)
{
    static const char throttled[] = "{\"t\":1,\"query-migrate\":{\"status\":\"active\","
                                    "\"cpu-throttle-percentage\":20,\"ram\":{\"remaining\":1}}}";
    static const char postcopy[] = "{\"t\":1,\"query-migrate\":{\"status\":\"postcopy-active\"}}";
    struct fixture *fixture = *state;
    struct finished one[KINDS];
    const char *sample[KINDS] = {NULL},
               *arguments[40] = {"--model", fixture->model, "-o", fixture->made, "--json"};
    int counted[OBJECTION_COUNT] = {0};
    char *paths[KINDS + 1];
    json_t *summary;

    for (int i = 0; i < KINDS; i++)
        one[i] = sound(fixture, 0.1);
    one[0].forced = true;
    strcpy(one[1].ended_by, "force");
    strcpy(one[2].ended_by, "qemu");
    strcpy(one[3].ended_by, "postcopy");
    sample[4] = postcopy;
    strcpy(one[5].ended_by, "operator");
    strcpy(one[6].ended_by, "");
    one[7].stop.forecast = NAN;
    strcpy(one[8].stop.model, "0123456789abcdef");
    strcpy(one[9].stop.reason, "deadline");
    one[10].stop.throttled = true;
    sample[11] = throttled;
    one[12].stop.extrapolating = true;
    one[13].downtime = NAN;
    one[14].invalid = true;
    strcpy(one[15].source, "qemu");
    one[16].stop.doubt = NAN;
    for (int i = 0; i < KINDS; i++) {
        char name[16];

        snprintf(name, sizeof name, "n%d", i);
        arguments[5 + i] = paths[i] = trace_of(fixture, name, &one[i], sample[i]);
        counted[expected[i]]++;
    }
    assert_fails(command_recalibrate, arguments, EXIT_TOO_LITTLE);
    assert_int_not_equal(access(fixture->made, F_OK), 0);
    one[0] = sound(fixture, 0.1);
    arguments[5 + KINDS] = paths[KINDS] = trace_of(fixture, "sound", &one[0], NULL);
    summary = run_json(command_recalibrate, arguments);
    assert_int_equal(count_of(summary, "counted", NULL), 1);
    assert_int_equal(count_of(summary, "total", NULL), KINDS + 1);
    for (int i = OBJECTION_NONE + 1; i < OBJECTION_COUNT; i++)
        assert_int_equal(count_of(summary, "skipped", objection_name((enum objection)i)),
                         counted[i]);
    json_decref(summary);
    arguments[5 + 15] = "--downtime-source"; /* and not the others */
    arguments[5 + 16] = "qemu";
    arguments[5 + 17] = paths[15];
    arguments[5 + 18] = NULL;
    summary = run_json(command_recalibrate, arguments);
    assert_int_equal(count_of(summary, "counted", NULL), 1);
    json_decref(summary);
    for (int i = 0; i <= KINDS; i++)
        free(paths[i]);
}

static void one_policy_alone(void **state)
{
    struct fixture *fixture = *state;
    struct finished a = sound(fixture, 0), b = a;
    json_t *summary;

    strcpy(b.stop.policy, "optimal");
    strcpy(b.stop.reason, "no-gain");
    remember(fixture, &a);
    remember(fixture, &b);
    remember(fixture, &b);
    summary = JSON(command_recalibrate, "--model", fixture->model, "-o", fixture->made, "--history",
                   fixture->history, "--policy", "optimal");
    assert_int_equal(count_of(summary, "counted", NULL), 2);
    assert_int_equal(count_of(summary, "skipped", "other-policy"), 1);
    json_decref(summary);
}

/* ---- Histories ---- */

static void a_history_goes_by_time(void **state)
{
    struct fixture *fixture = *state;
    json_t *summary;

    for (int i = 0; i < 30; i++) { /* the latest first; scores grow with time */
        struct finished finished = sound(fixture, (29 - i) / 100.0);

        finished.time = 2e9 - i;
        finished.stop.upper = finished.stop.forecast * exp(0.145 * doubt);
        remember(fixture, &finished);
    }
    summary = JSON(command_recalibrate, "--model", fixture->model, "-o", fixture->made, "--history",
                   fixture->history, "--window", "9", "--gamma", "0");
    assert_int_equal(count_of(summary, "counted", NULL), 30);
    json_decref(summary);
    assert_true(fabs(upper_of(fixture->made, 0.9) - exp(0.29)) < 1e-9);
    assert_true(fabs(upper_of(fixture->made, 0.1) - exp(0.21)) < 1e-9);
    assert_true(isnan(upper_of(fixture->made, 0.91)));
    /* A drift that always surprises asks for more than the scores give: no bound. */
    json_decref(JSON(command_recalibrate, "--model", fixture->model, "-o", fixture->made,
                     "--history", fixture->history, "--gamma", "0.2"));
    assert_true(isnan(upper_of(fixture->made, 0.9)));
    json_decref(JSON(command_recalibrate, "--model", fixture->model, "-o", fixture->made,
                     "--history", fixture->history, "--gamma", "0"));
    summary = JSON(command_coverage, "--model", fixture->made, "--history", fixture->history);
    assert_int_equal(count_of(json_object_get(summary, "upper_in_use"), "held", NULL), 15);
    assert_int_equal(count_of(json_object_get(summary, "upper_in_use"), "of", NULL), 30);
    json_decref(summary);
}

static void writers_do_not_disturb_each_other(void **state)
{
    enum { WRITERS = 8, EACH = 25 };
    struct fixture *fixture = *state;
    struct finished finished = sound(fixture, 0.2); /* all at one time */
    struct history history;

    for (int i = 0; i < WRITERS; i++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            int code = history_prepare("test", fixture->history);

            for (int j = 0; j < EACH && code == EXIT_OK; j++)
                code = history_add("test", fixture->history, &finished, NULL);
            _exit(code);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(history_read(&history, "test", fixture->history), EXIT_OK);
    assert_int_equal(history.count, WRITERS * EACH);
    assert_int_equal(history.unreadable, 0);
    for (size_t i = 0; i < history.count; i++) {
        assert_true(fabs(finished_score(&history.entry[i]) - 0.2) < 1e-12);
        assert_string_equal(history.entry[i].stop.model, fixture->fingerprint);
        assert_true(history.entry[i].stop.limit == 0.7 && history.entry[i].time == 1e9);
    }
    history_free(&history);
}

static void a_broken_entry_is_left_out_and_counted(void **state)
{
    struct fixture *fixture = *state;
    struct finished finished = sound(fixture, 0.2);
    json_t *summary;

    remember(fixture, &finished);
    free(file_write(fixture->history, "0001.json", "{\"time\":", 8));
    free(file_write(fixture->history, "0002.json", "[1]", 3));
    free(file_write(fixture->history, "0003.json", "{}", 2));
    free(file_write(fixture->history, "0004.json.77-0.tmp", "{", 1)); /* a writer at work */
    free(file_write(fixture->history, "README", "x", 1));
    summary = JSON(command_recalibrate, "--model", fixture->model, "-o", fixture->made, "--history",
                   fixture->history);
    assert_int_equal(count_of(summary, "counted", NULL), 1);
    assert_int_equal(count_of(summary, "skipped", "unreadable"), 3);
    json_decref(summary);
}

static void a_folder_that_cannot_be_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct finished finished = sound(fixture, 0);
    char *file = file_write(fixture->folder, "file", "x", 1), *below;

    assert_int_equal(history_prepare("test", file), EXIT_OUTPUT);
    assert_true(asprintf(&below, "%s/no/such", fixture->folder) > 0);
    assert_int_equal(history_prepare("test", below), EXIT_OUTPUT);
    assert_int_equal(history_add("test", below, &finished, NULL), EXIT_OUTPUT);
    free(below);
    free(file);
}

/* ---- The command lines ---- */

static void bad_command_lines(void **state)
{
    struct fixture *fixture = *state;
    const char *model = fixture->model, *made = fixture->made;

    FAILS(command_recalibrate, EXIT_USAGE, "-o", made, "t");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "t");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made);
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--history", "h", "t");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--gamma", "0.1", "t");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--window", "9", "t");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--history", "h",
          "--window", "0");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--history", "h",
          "--window", "1.5");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--history", "h",
          "--gamma", "0.6");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--policy", "coin", "t");
    FAILS(command_coverage, EXIT_USAGE, "--model", model, "--confidence", "1", "t");
    FAILS(command_coverage, EXIT_USAGE, "--model", model);
    FAILS(command_coverage, EXIT_USAGE, "t");
    FAILS(command_recalibrate, EXIT_USAGE, "--model", model, "-o", made, "--history", "h",
          "--replay");
}

static void bad_files(void **state)
{
    struct fixture *fixture = *state;
    struct finished finished = sound(fixture, 0);
    char *trace = trace_of(fixture, "one", &finished, NULL);
    char *cut = file_write(fixture->folder, "cut.jsonl", "{\"t\":", 5), *nowhere;

    assert_true(asprintf(&nowhere, "%s/no/such/model", fixture->folder) > 0);
    FAILS(command_recalibrate, EXIT_BAD_MODEL, "--model", nowhere, "-o", fixture->made, trace);
    FAILS(command_recalibrate, EXIT_BAD_MODEL, "--model", trace, "-o", fixture->made, trace);
    FAILS(command_recalibrate, EXIT_BAD_MODEL, "--model", fixture->folder, "-o", fixture->made,
          trace);
    FAILS(command_recalibrate, EXIT_BAD_INPUT, "--model", fixture->model, "-o", fixture->made,
          nowhere);
    FAILS(command_recalibrate, EXIT_BAD_INPUT, "--model", fixture->model, "-o", fixture->made,
          trace, cut);
    FAILS(command_recalibrate, EXIT_BAD_INPUT, "--model", fixture->model, "-o", fixture->made,
          "--history", nowhere);
    FAILS(command_recalibrate, EXIT_OUTPUT, "--model", fixture->model, "-o", nowhere, trace);
    FAILS(command_coverage, EXIT_TOO_LITTLE, "--model", fixture->model, trace); /* no bounds */
    assert_int_not_equal(access(fixture->made, F_OK), 0);
    free(trace);
    free(cut);
    free(nowhere);
}

/* Clopper and Pearson's tables. */
static void intervals_are_those_of_the_tables(void **state)
{
    struct binomial_interval interval = binomial_interval(9, 10, 0.95);

    (void)state;
    assert_true(fabs(interval.lower - 0.5550) < 5e-5 && fabs(interval.upper - 0.9975) < 5e-5);
    interval = binomial_interval(0, 10, 0.95);
    assert_true(interval.lower == 0 && fabs(interval.upper - 0.3085) < 5e-5);
    interval = binomial_interval(10, 10, 0.95);
    assert_true(fabs(interval.lower - 0.6915) < 5e-5 && interval.upper == 1);
    interval = binomial_interval(0, 0, 0.95);
    assert_true(interval.lower == 0 && interval.upper == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(traces_give_a_score_each),
        TEST(what_does_not_count_has_a_reason),
        TEST(one_policy_alone),
        TEST(a_history_goes_by_time),
        TEST(writers_do_not_disturb_each_other),
        TEST(a_broken_entry_is_left_out_and_counted),
        TEST(a_folder_that_cannot_be_is_refused),
        TEST(bad_command_lines),
        TEST(bad_files),
        cmocka_unit_test(intervals_are_those_of_the_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
