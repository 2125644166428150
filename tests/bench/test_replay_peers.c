/* SPDX-License-Identifier: MIT */
/* replay_peers on hand-made traces: what is charged, what is kept apart, and ours as ours. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <command.h>
#include <exit_codes.h>
#include <jansson.h>
#include <replay_peers.h>

#include "trace_files.h"

/*
 * 1 GiB at 100 MB/s: boundaries at 10.74, 13.74, 14.74, 15.24 s that leave 3, 1, 0.5, 0.3 s of
 * sending. Nobody stopped it: no outcome, so no overhead. `ending` are more lines, or NULL.
 */
static char *write_trace(const char *folder, const char *name, const char *split,
                         const char *ending)
{
    static const double dirtied[] = {300e6, 100e6, 50e6, 30e6};
    struct trace_writer writer;

    trace_writer_begin(&writer);
    trace_writer_line(&writer, "{\"meta\":{\"id\":\"%s\",\"split\":\"%s\",\"hold_ms\":1}}", name,
                      split);
    for (size_t i = 0; i < sizeof dirtied / sizeof dirtied[0]; i++)
        trace_writer_round(&writer, dirtied[i]);
    trace_writer_sample(&writer, "active");
    if (ending)
        trace_writer_line(&writer, "%s", ending);
    return trace_writer_end(&writer, folder, name);
}

/* Every line of what replay_peers --json says. */
static json_t *run(const char *const *arguments)
{
    json_t *lines = json_array();
    char *output, *line, *rest;

    assert_int_equal(run_caught(replay_peers, arguments, &output), EXIT_OK);
    for (line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *object = json_loads(line, 0, NULL);

        assert_non_null(object);
        json_array_append_new(lines, object);
    }
    free(output);
    return lines;
}

static bool is(const json_t *object, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value && strcmp(value, text) == 0;
}

/* The line of a kind, peer and setting; the first of several. `limit_ms` 0: none. */
static const json_t *find(const json_t *lines, const char *kind, const char *peer, double kappa,
                          double limit_ms)
{
    size_t i;
    const json_t *line;

    json_array_foreach((json_t *)lines, i, line)
    {
        double limit = json_number_value(json_object_get(line, "limit_ms"));
        double k = json_number_value(json_object_get(line, "kappa"));

        if (is(line, "kind", kind) && is(line, "peer", peer) && fabs(limit - limit_ms) < 1e-6 &&
            fabs(k - kappa) < 1e-6)
            return line;
    }
    fail_msg("no %s of %s at kappa %g, limit %g", kind, peer, kappa, limit_ms);
    return NULL;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-2))
        fail_msg("%.6f is not %.6f", value, expected);
}

static void costs_are_those_of_hindsight(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test", NULL);
    json_t *lines = run((const char *[]){"--json", path, NULL});
    const json_t *oracle = find(lines, "migration", "oracle", 10, 0);
    const json_t *qemu = find(lines, "migration", "qemu", 1, 0);

    assert_near(number(oracle, "boundary"), 4);
    assert_near(number(oracle, "elapsed_s"), 15.237);
    assert_near(number(oracle, "downtime_ms"), 300);
    assert_near(number(oracle, "cost_s"), 15.237 + 11 * 0.3);
    assert_true(json_is_true(json_object_get(qemu, "stopped")));
    assert_near(number(qemu, "boundary"), 4); /* 30 MB <= 100 MB/s x 300 ms */
    assert_near(number(qemu, "regret"), 0);
    qemu = find(lines, "migration", "qemu", 10, 1000);
    assert_near(number(qemu, "boundary"), 2);
    assert_near(number(qemu, "cost_s"), 13.737 + 11 * 1);
    assert_near(number(qemu, "regret"), (13.737 + 11) / (15.237 + 3.3) - 1);
    json_decref(lines);
    free(path);
}

static void who_never_stops_is_charged_the_end(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test", NULL);
    json_t *lines = run((const char *[]){"--json", "--peer", "xen", path, NULL});
    const json_t *one = find(lines, "migration", "xen", 1, 0);
    const json_t *sum = find(lines, "summary", "xen", 1, 0);

    assert_true(json_is_false(json_object_get(one, "stopped")));
    assert_near(number(one, "boundary"), 4);
    assert_near(number(one, "cost_s"), 15.237 + 2 * 0.3);
    assert_near(number(sum, "migrations"), 1);
    assert_near(number(sum, "never_stopped"), 1);
    assert_near(number(sum, "gave_up"), 0);
    assert_near(number(sum, "total_s_median"), 15.537);
    json_decref(lines);
    free(path);
}

static void limits_are_counted(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test", NULL);
    json_t *lines = run((const char *[]){"--json", path, NULL});

    assert_near(number(find(lines, "summary", "lxd", 10, 300), "violations"), 1);
    assert_near(number(find(lines, "summary", "lxd", 10, 1000), "violations"), 0);
    assert_near(number(find(lines, "migration", "oracle", 10, 300), "boundary"), 4);
    assert_near(number(find(lines, "migration", "oracle", 10, 1000), "boundary"), 2);
    json_decref(lines);
    free(path);
}

static void splits_are_kept_apart(void **state)
{
    char *a = write_trace(*state, "a", "unstopped-train", NULL);
    char *b = write_trace(*state, "b", "unstopped-test", NULL);
    char *c = write_trace(*state, "c", "unstopped-test", NULL);
    json_t *lines = run((const char *[]){"--json", "--peer", "qemu", a, b, c, NULL});
    size_t i, train = 0, test = 0;
    const json_t *line;

    json_array_foreach(lines, i, line)
    {
        if (!is(line, "kind", "summary") || !is(line, "peer", "qemu"))
            continue;
        train += is(line, "split", "unstopped-train") && fabs(number(line, "migrations") - 1) < 0.1;
        test += is(line, "split", "unstopped-test") && fabs(number(line, "migrations") - 2) < 0.1;
    }
    assert_int_equal(train, 7); /* one a setting */
    assert_int_equal(test, 7);
    json_decref(lines);
    free(a);
    free(b);
    free(c);
}

/* The overhead is what the run's own end took beyond its bytes: 0.4 s - 30 MB at 100 MB/s. */
static void the_end_tells_the_overhead(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test",
                             "{\"outcome\":{\"downtime_ms\":400,\"ended_by\":\"qemu\"}}");
    json_t *lines = run((const char *[]){"--json", "--peer", "qemu", path, NULL});

    assert_near(number(find(lines, "migration", "qemu", 1, 0), "downtime_ms"), 400);
    assert_near(number(find(lines, "migration", "qemu", 10, 1000), "downtime_ms"), 1100);
    assert_near(number(find(lines, "summary", "qemu", 1, 0), "ended_by_qemu"), 1);
    json_decref(lines);
    free(path);
}

/* Pages of zeros: what took long to send counts, not how much it was. */
static void a_round_can_say_what_its_bytes_cost(void **state)
{
    struct trace_writer writer;
    json_t *lines;
    char *path;

    trace_writer_begin(&writer);
    trace_writer_round(&writer, 500e6);
    trace_writer_sample(&writer, "active");
    writer.t += 0.2; /* nearly all of it were zeros */
    writer.remaining = 100e6;
    writer.transferred += 1e6;
    writer.syncs++;
    trace_writer_round(&writer, 100e6);
    trace_writer_sample(&writer, "active");
    path = trace_writer_end(&writer, *state, "zeros");
    lines = run((const char *[]){"--json", "--downtime", "round", path, NULL});
    assert_near(number(find(lines, "migration", "oracle", 10, 0), "boundary"), 1);
    assert_near(number(find(lines, "migration", "oracle", 10, 0), "downtime_ms"), 200);
    json_decref(lines);
    lines = run((const char *[]){"--json", path, NULL});
    assert_near(number(find(lines, "migration", "oracle", 10, 0), "boundary"), 2);
    json_decref(lines);
    free(path);
}

/* The recorded 100 ms samples and the rate of the rounds can differ: then the rate counts. */
static void a_rate_can_be_told(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test", NULL);
    json_t *lines = run((const char *[]){"--json", "--peer", "qemu", path, NULL});
    json_t *told = run((const char *[]){"--json", "--tell-rate", "--peer", "qemu", path, NULL});

    assert_true(json_is_false(json_object_get(json_array_get(lines, 0), "rate_told")));
    assert_true(json_is_true(json_object_get(json_array_get(told, 0), "rate_told")));
    assert_near(number(find(told, "migration", "qemu", 10, 1000), "boundary"), 2);
    assert_near(number(find(told, "migration", "qemu", 10, 1000), "bytes") / 1e9,
                (1073741824 + 300e6 + 100e6) / 1e9);
    json_decref(lines);
    json_decref(told);
    free(path);
}

static void ours_stop_where_precopyml_replay_does(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test", NULL), *output;
    json_t *lines = run((const char *[]){"--json", "--peer", "precopyml-optimal", path, NULL});
    const json_t *ours = find(lines, "migration", "precopyml-optimal", 1, 0);
    json_t *replayed;

    assert_int_equal(
        run_caught(command_replay, (const char *[]){"--json", "--kappa", "1", path, NULL}, &output),
        EXIT_OK);
    replayed = json_loads(output, 0, NULL);
    assert_true(json_is_true(json_object_get(ours, "stopped")));
    assert_near(number(json_object_get(replayed, "stop"), "iteration"),
                number(ours, "boundary") + 1);
    json_decref(replayed);
    json_decref(lines);
    free(output);
    free(path);
}

static void the_text_says_what_is_not_replayed(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test", NULL), *output;

    assert_int_equal(run_caught(replay_peers, (const char *[]){"--each", path, NULL}, &output),
                     EXIT_OK);
    assert_non_null(strstr(output, "auto-converge"));
    assert_non_null(strstr(output, "never"));
    assert_non_null(strstr(output, "unstopped-test, 1 migrations"));
    assert_null(strstr(output, "nan"));
    free(output);
    assert_int_equal(run_caught(replay_peers, (const char *[]){"--list", NULL}, &output), EXIT_OK);
    assert_non_null(strstr(output, "kubevirt-vep248"));
    free(output);
    free(path);
}

static void what_makes_no_sense_is_refused(void **state)
{
    char *path = write_trace(*state, "a", "unstopped-test", NULL), *output;
    char *empty = file_write(*state, "empty", "{}\n", 3);
    static const char *const wrong[][4] = {
        {NULL}, {"--peer", "nobody", "x", NULL}, {"--downtime", "guess", "x", NULL}};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(run_caught(replay_peers, wrong[i], &output), EXIT_USAGE);
        free(output);
    }
    assert_int_equal(run_caught(replay_peers, (const char *[]){"/nowhere", NULL}, &output),
                     EXIT_BAD_INPUT);
    free(output);
    assert_int_equal(run_caught(replay_peers, (const char *[]){empty, NULL}, &output),
                     EXIT_TOO_LITTLE);
    free(output);
    assert_int_equal(
        run_caught(replay_peers, (const char *[]){"--json", empty, path, NULL}, &output), EXIT_OK);
    assert_non_null(strstr(output, "\"skipped\":1"));
    free(output);
    free(empty);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(costs_are_those_of_hindsight, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(who_never_stops_is_charged_the_end, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(limits_are_counted, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(splits_are_kept_apart, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(the_end_tells_the_overhead, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_round_can_say_what_its_bytes_cost, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(a_rate_can_be_told, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(ours_stop_where_precopyml_replay_does, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(the_text_says_what_is_not_replayed, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, folder_setup,
                                        folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
