/* SPDX-License-Identifier: MIT */
/* features, dataset and replay on hand-made traces, from the command line to the last byte. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <precopyml.h>

#include "command.h"
#include "exit_codes.h"
#include "trace_files.h"

/* Four boundaries, at 15.7, 18.7, 19.7 and 20.2 s or so, then completion by QEMU. */
static void write_rounds(struct trace_writer *writer)
{
    static const double dirtied[] = {300e6, 100e6, 50e6, 30e6};

    for (size_t i = 0; i < sizeof(dirtied) / sizeof(dirtied[0]); i++)
        trace_writer_round(writer, dirtied[i]);
    trace_writer_sample(writer, "active");
}

static void write_completion(struct trace_writer *writer)
{
    writer->t += 0.5;
    writer->syncs += 2; /* one at which QEMU decides, one while the guest stands */
    writer->remaining = 0;
    trace_writer_line(writer,
                      "{\"t\":%.3f,\"query-migrate\":{\"status\":\"completed\",\"downtime\":123,"
                      "\"total-time\":%.0f,\"ram\":{\"remaining\":0,\"dirty-sync-count\":%d}}}",
                      writer->t, (writer->t - 5.0) * 1e3, writer->syncs);
    trace_writer_line(writer, "{\"t\":%.3f,\"query-migrate\":{\"status\":\"completed\"}}",
                      writer->t + 1);
}

static char *completed_trace(const char *folder, const char *name)
{
    struct trace_writer writer;

    trace_writer_begin(&writer);
    write_rounds(&writer);
    write_completion(&writer);
    return trace_writer_end(&writer, folder, name);
}

/* Every line of JSON Lines as an array. */
static json_t *lines_of(const char *text)
{
    json_t *lines = json_array();

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        json_t *line = json_loadb(text, length, 0, NULL);

        if (line == NULL)
            fail_msg("not JSON: %.*s", (int)length, text);
        json_array_append_new(lines, line);
        text += length + (text[length] == '\n');
    }
    return lines;
}

static double number(const json_t *lines, size_t i, const char *key)
{
    const json_t *value = json_object_get(json_array_get(lines, i), key);

    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* Runs a command that must succeed; its lines. */
static json_t *run(int (*command)(int, char **), const char *const *arguments)
{
    char *output;
    json_t *lines;

    assert_int_equal(run_caught(command, arguments, &output), EXIT_OK);
    assert_null(strstr(output, "nan"));
    assert_null(strstr(output, "inf"));
    lines = lines_of(output);
    free(output);
    return lines;
}

static void features_come_a_line_a_boundary(void **state)
{
    static const double remaining[] = {300e6, 100e6, 50e6, 30e6};
    char *path = completed_trace(*state, "a.jsonl");
    json_t *lines = run(command_features, (const char *[]){path, NULL});

    assert_int_equal(json_array_size(lines), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(json_string_value(json_object_get(json_array_get(lines, i), "trace")),
                            path);
        assert_true(number(lines, i, "boundary") == (double)i + 1);
        assert_true(number(lines, i, "iteration") == (double)i + 2);
        assert_true(number(lines, i, "remaining") == remaining[i]);
        assert_true(json_object_size(json_array_get(lines, i)) == 3 + PRECOPYML_FEATURE_COUNT);
    }
    assert_true(json_is_null(json_object_get(json_array_get(lines, 0), "lambda")));
    assert_true(fabs(number(lines, 0, "t") - 15.737) < 0.002); /* as recorded, not from zero */
    json_decref(lines);
    free(path);
}

static void the_papers_features_have_its_names(void **state)
{
    static const char *const keys[] = {
        "trace", "t", "iteration", "vm_size", "page_dirty_rate", "working_set_size", "bandwidth"};
    char *path = completed_trace(*state, "a.jsonl");
    json_t *lines = run(command_features, (const char *[]){"--paper", path, NULL});

    assert_int_equal(json_array_size(lines), 4);
    assert_int_equal(json_object_size(json_array_get(lines, 0)), 7);
    for (size_t i = 0; i < 7; i++)
        assert_non_null(json_object_get(json_array_get(lines, 0), keys[i]));
    /* Equation 1: 1 GiB in KiB minus what remains. */
    assert_true(fabs(number(lines, 0, "vm_size") - (1048576 - 300e6 / 1024)) < 1e-6);
    json_decref(lines);
    free(path);
}

static void the_catalogue_is_listed(void **state)
{
    json_t *lines = run(command_features, (const char *[]){"--list", "--json", NULL});

    (void)state;
    assert_int_equal(json_array_size(lines), PRECOPYML_FEATURE_COUNT);
    json_decref(lines);
    lines = run(command_predictors, (const char *[]){"--json", NULL});
    assert_true(json_array_size(lines) >= 4);
    json_decref(lines);
}

static void replay_stops_once(void **state)
{
    char *path = completed_trace(*state, "a.jsonl");
    const char *arguments[] = {"--policy", "threshold", "--downtime-limit", "600", "--json", path,
                               NULL,       NULL};
    json_t *lines = run(command_replay, arguments), *stop;

    /* 50 MB at 100 MB/s and some overhead. */
    assert_int_equal(json_array_size(lines), 1);
    stop = json_object_get(json_array_get(lines, 0), "stop");
    assert_int_equal(json_object_size(stop), 6);
    assert_true(json_number_value(json_object_get(stop, "iteration")) == 4);
    assert_true(fabs(json_number_value(json_object_get(stop, "predicted_downtime_ms")) - 550) < 50);
    assert_true(json_is_null(json_object_get(stop, "upper_ms")));
    assert_true(fabs(json_number_value(json_object_get(stop, "doubt")) - 0.136) < 0.002);
    assert_string_equal(json_string_value(json_object_get(stop, "reason")), "limit-met");
    json_decref(lines);

    arguments[6] = "--each";
    lines = run(command_replay, arguments);
    assert_int_equal(json_array_size(lines), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *line = json_array_get(lines, i);

        assert_int_equal(json_object_size(line), 9);
        assert_string_equal(json_string_value(json_object_get(line, "verdict")),
                            i == 2 ? "STOP" : "CONTINUE");
    }
    assert_true(number(lines, 2, "remaining") == 50e6);
    json_decref(lines);
    free(path);
}

static void a_replay_without_stop_says_null(void **state)
{
    char *path = completed_trace(*state, "a.jsonl"), *output;
    json_t *lines = run(command_replay, (const char *[]){"--policy", "threshold", "--json",
                                                         "--downtime-limit", "paper", path, NULL});

    assert_true(json_is_null(json_object_get(json_array_get(lines, 0), "stop")));
    json_decref(lines);
    assert_int_equal(run_caught(command_replay,
                                (const char *[]){"--policy", "threshold", "--downtime-limit",
                                                 "paper", path, NULL},
                                &output),
                     EXIT_OK);
    assert_non_null(strstr(output, "never stopped"));
    free(output);
    free(path);
}

static void bad_traces_do_not_hide_good_ones(void **state)
{
    char *good = completed_trace(*state, "good.jsonl"), *output;
    char *bad = file_write(*state, "bad.jsonl", "{\"t\":1,", 7);
    json_t *lines;

    assert_int_equal(
        run_caught(command_replay, (const char *[]){"--json", bad, good, NULL}, &output),
        EXIT_BAD_INPUT);
    lines = lines_of(output);
    assert_int_equal(json_array_size(lines), 1);
    json_decref(lines);
    free(output);
    free(good);
    free(bad);
}

/* Cell of the CSV in `text`: row 0 is the header. */
static const char *cell(const char *text, size_t row, const char *column)
{
    static char value[64];
    size_t index = 0;
    const char *at = text;

    while (strncmp(at, column, strlen(column)) != 0 || strchr(",\n", at[strlen(column)]) == NULL) {
        at += strcspn(at, ",\n");
        assert_true(*at == ',');
        at++;
        index++;
    }
    for (at = text; row > 0; row--) {
        at = strchr(at, '\n');
        assert_non_null(at);
        at++;
    }
    for (; index > 0; index--) {
        at = strchr(at, ',');
        assert_non_null(at);
        at++;
    }
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, ",\n"), at);
    return value;
}

#define assert_cell(text, row, column, expected)                                                   \
    assert_string_equal(cell(text, row, column), expected)

static char *dataset(const char *folder, const char *first, const char *second, int expected)
{
    char *path = file_write(folder, "table.csv", "old\n", 4), *text, *output;

    assert_int_equal(
        run_caught(command_dataset, (const char *[]){"-o", path, first, second, NULL}, &output),
        expected);
    assert_string_equal(output, "");
    free(output);
    text = file_read(path);
    free(path);
    return text;
}

static void a_completed_run_is_labelled_by_qemu(void **state)
{
    char *path = completed_trace(*state, "run.7.jsonl");
    char *text = dataset(*state, path, NULL, EXIT_OK);

    assert_cell(text, 1, "migration", "run.7");
    assert_cell(text, 4, "boundary", "4");
    assert_cell(text, 4, "remaining", "30000000");
    assert_cell(text, 4, "downtime", "0.123");
    assert_cell(text, 4, "downtime_source", "qemu");
    assert_cell(text, 4, "remaining_time", "0.5");
    assert_cell(text, 3, "downtime_next", "0.123");
    assert_cell(text, 3, "downtime_source", "qemu");
    assert_cell(text, 3, "downtime", "");
    assert_cell(text, 4, "downtime_next", "");
    assert_cell(text, 2, "downtime_source", "qemu");
    assert_cell(text, 2, "rounds_left", "2");
    assert_cell(text, 4, "rounds_left", "0");
    assert_cell(text, 4, "forced", "");
    free(text);
    free(path);
}

static void a_forced_stop_labels_its_decision(void **state)
{
    struct trace_writer writer;
    char *path, *text;

    trace_writer_begin(&writer);
    trace_writer_line(&writer, "{\"meta\":{\"id\":\"forced, one\"}}");
    write_rounds(&writer);
    trace_writer_line(&writer, "{\"t\":%.3f,\"event\":\"STOP\"}", writer.t + 0.3);
    write_completion(&writer);
    trace_writer_line(&writer, "{\"outcome\":{\"downtime_ms\":150.5,\"source\":\"events\","
                               "\"forced\":true,\"ended_by\":\"us\","
                               "\"decided_at\":{\"t\":19,\"sync_count\":4}}}");
    path = trace_writer_end(&writer, *state, "forced.jsonl");
    text = dataset(*state, path, NULL, EXIT_OK);
    assert_non_null(strstr(text, "\n\"forced, one\","));
    for (char *at = text; (at = strstr(at, "\"forced, one\"")) != NULL;)
        memcpy(at, "migration-one", 13); /* so that cell() needs no quotes */
    assert_cell(text, 3, "downtime", "0.1505");
    assert_cell(text, 3, "downtime_source", "events");
    assert_cell(text, 2, "downtime_next", "0.1505");
    assert_cell(text, 4, "downtime", "");
    assert_cell(text, 4, "forced", "1");
    assert_cell(text, 4, "ended_by", "us");
    free(text);
    free(path);
}

static void cancelled_runs_have_no_label(void **state)
{
    struct trace_writer writer;
    char *path, *text;

    trace_writer_begin(&writer);
    write_rounds(&writer);
    trace_writer_sample(&writer, "cancelled");
    trace_writer_line(&writer, "{\"outcome\":{\"downtime_ms\":null,\"ended_by\":\"cancelled\"}}");
    path = trace_writer_end(&writer, *state, "cancelled.jsonl");
    text = dataset(*state, path, NULL, EXIT_OK);
    for (size_t row = 1; row <= 4; row++) {
        assert_cell(text, row, "downtime", "");
        assert_cell(text, row, "downtime_next", "");
        assert_cell(text, row, "remaining_time", "");
        assert_cell(text, row, "downtime_source", "");
        assert_cell(text, row, "ended_by", "cancelled");
    }
    free(text);
    free(path);
}

static void samples_after_the_stop_are_no_boundaries(void **state)
{
    struct trace_writer writer;
    char *path;
    json_t *lines;

    trace_writer_begin(&writer);
    write_rounds(&writer);
    trace_writer_line(&writer, "{\"t\":%.3f,\"event\":\"STOP\"}", writer.t + 0.01);
    writer.t += 0.02;
    writer.syncs++;
    trace_writer_sample(&writer, "active");
    write_completion(&writer);
    path = trace_writer_end(&writer, *state, "stop.jsonl");
    lines = run(command_features, (const char *[]){path, NULL});
    assert_int_equal(json_array_size(lines), 4);
    json_decref(lines);
    free(path);
}

/* QEMU stopped by its own rule; the limit was raised a moment too late and events came late too. */
static void what_is_told_late_is_put_right(void **state)
{
    struct trace_writer writer;
    char *path, *text;
    json_t *lines;
    double stop;

    trace_writer_begin(&writer);
    write_rounds(&writer);
    stop = writer.t + 0.31;
    writer.t += 0.32;
    writer.syncs = 7;
    writer.remaining = 7e6;
    trace_writer_sample(&writer, "active");
    trace_writer_line(&writer, "{\"t\":%.3f,\"event\":\"MIGRATION_PASS\",\"pass\":6}",
                      stop - 0.001);
    trace_writer_line(&writer, "{\"t\":%.3f,\"event\":\"STOP\",\"side\":\"src\"}", stop);
    write_completion(&writer);
    trace_writer_line(&writer,
                      "{\"outcome\":{\"downtime_ms\":70,\"source\":\"events\","
                      "\"forced\":true,\"ended_by\":\"force\",\"forced_t\":%.3f}}",
                      stop + 0.001);
    path = trace_writer_end(&writer, *state, "late.jsonl");
    lines = run(command_features, (const char *[]){path, NULL});
    assert_int_equal(json_array_size(lines), 4);
    json_decref(lines);
    text = dataset(*state, path, NULL, EXIT_OK);
    assert_cell(text, 4, "downtime", ""); /* of the boundary that nobody sampled */
    assert_cell(text, 4, "downtime_next", "0.07");
    assert_cell(text, 3, "downtime_next", "");
    free(text);
    free(path);
}

static void a_table_is_written_whole_or_not_at_all(void **state)
{
    char *path = completed_trace(*state, "one.jsonl");
    char *bad = file_write(*state, "bad.jsonl", "[]\n", 3);
    char *text = dataset(*state, path, bad, EXIT_BAD_INPUT);

    assert_string_equal(text, "old\n");
    free(text);
    text = dataset(*state, path, path, EXIT_BAD_INPUT); /* twice the same migration */
    assert_string_equal(text, "old\n");
    free(text);
    free(bad);
    free(path);
}

static void wrong_usage_is_told(void **state)
{
    static const struct {
        int (*command)(int, char **);
        const char *arguments[4];
    } cases[] = {
        {command_features, {NULL}},
        {command_features, {"--list", "x", NULL}},
        {command_features, {"--unknown", NULL}},
        {command_dataset, {"x", NULL}},
        {command_dataset, {"-o", "x", NULL}},
        {command_replay, {NULL}},
        {command_replay, {"--kappa", "-1", NULL}},
        {command_replay, {"--policy", "slo", "x", NULL}},
        {command_predictors, {"x", NULL}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *output;

        assert_int_equal(run_caught(cases[i].command, cases[i].arguments, &output), EXIT_USAGE);
        assert_string_equal(output, "");
        free(output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_come_a_line_a_boundary),
        cmocka_unit_test(the_papers_features_have_its_names),
        cmocka_unit_test(the_catalogue_is_listed),
        cmocka_unit_test(replay_stops_once),
        cmocka_unit_test(a_replay_without_stop_says_null),
        cmocka_unit_test(bad_traces_do_not_hide_good_ones),
        cmocka_unit_test(a_completed_run_is_labelled_by_qemu),
        cmocka_unit_test(a_forced_stop_labels_its_decision),
        cmocka_unit_test(cancelled_runs_have_no_label),
        cmocka_unit_test(samples_after_the_stop_are_no_boundaries),
        cmocka_unit_test(what_is_told_late_is_put_right),
        cmocka_unit_test(a_table_is_written_whole_or_not_at_all),
        cmocka_unit_test(wrong_usage_is_told),
    };

    return cmocka_run_group_tests_name("replay", tests, folder_setup, folder_teardown);
}
