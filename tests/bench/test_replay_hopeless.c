/* SPDX-License-Identifier: MIT */
/* replay_hopeless on hand-made traces, with a model whose bounds are known. */
#include "models.h"

#include <command.h>
#include <exit_codes.h>
#include <jansson.h>
#include <replay_hopeless.h>

#include "trace_files.h"

/* Physics without overhead; at 90 % the truth is within a factor of exp(0.1) both ways. */
static char *write_model(const char *folder)
{
    static const double scores[] = {-0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1, 0,
                                    0,    0.1,  0.1,  0.1,  0.1,  0.1,  0.1,  0.1,  0.1,  0.1};
    const struct head_spec head = {.target = "downtime",
                                   .predictor = "physics",
                                   .log_residual = true,
                                   .calibration = scores,
                                   .calibration_count = sizeof scores / sizeof scores[0]};
    const struct model_spec spec = {0.0, "{}", &head, 1};
    unsigned char *data;
    size_t length;
    char *path;

    assert_int_equal(model_write_memory(&spec, &data, &length), 0);
    path = file_write(folder, "model", data, length);
    free(data);
    return path;
}

/* 1 GiB at 100 MB/s; `dirtied` a boundary, in MB, the first after 10.7 s; 0 ends it. */
static char *write_trace(const char *folder, const char *name, const double *dirtied)
{
    struct trace_writer writer;

    trace_writer_begin(&writer);
    trace_writer_line(&writer, "{\"meta\":{\"id\":\"%s\",\"split\":\"unstopped-train\"}}", name);
    for (; *dirtied > 0; dirtied++)
        trace_writer_round(&writer, *dirtied * 1e6);
    trace_writer_sample(&writer, "active");
    return trace_writer_end(&writer, folder, name);
}

/* The line of a migration under a maximum of `factor` x its least downtime. */
static json_t *ask(void *folder, const char *name, const double *dirtied, double factor)
{
    char *model = write_model(folder), *trace = write_trace(folder, name, dirtied);
    char *output, *line, *rest;
    json_t *found = NULL;

    assert_int_equal(run_caught(replay_hopeless,
                                (const char *[]){"--json", "--model", model, trace, NULL}, &output),
                     EXIT_OK);
    for (line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *object = json_loads(line, 0, NULL);

        if (!found && fabs(json_number_value(json_object_get(object, "factor")) - factor) < 1e-9)
            found = json_incref(object);
        json_decref(object);
    }
    assert_non_null(found);
    free(output);
    free(model);
    free(trace);
    return found;
}

static void assert_is(const json_t *line, const char *key, unsigned expected)
{
    const json_t *found = json_object_get(line, key);
    unsigned value = (unsigned)json_integer_value(found);

    assert_true(json_is_integer(found));
    if (value != expected)
        fail_msg("%s is %u, not %u", key, value, expected);
}

static bool holds(const json_t *line, const char *key)
{
    return json_is_true(json_object_get(line, key));
}

static const double flat[] = {200, 200, 200, 200, 200, 200, 0};
static const double changing[] = {300, 300, 300, 300, 20, 20, 20, 0};

static void a_flat_guest_is_hopeless_at_its_second_boundary(void **state)
{
    json_t *line = ask(*state, "flat", flat, 0.8);

    assert_true(holds(line, "stationary"));
    assert_is(line, "said", 2);
    assert_is(line, "unsaid", 0);
    assert_is(line, "met", 0);
    assert_is(line, "stopped", 0);
    json_decref(line);
}

static void what_can_be_met_is_not_hopeless(void **state)
{
    json_t *line = ask(*state, "flat", flat, 1.25);

    assert_is(line, "said", 0);
    assert_is(line, "met", 1);
    assert_is(line, "stopped", 2);
    assert_false(holds(line, "above"));
    json_decref(line);
}

/* Nobody could know; it is counted, and taken back where the guest changes. */
static void a_change_makes_it_a_false_alarm(void **state)
{
    json_t *line = ask(*state, "changing", changing, 2);

    assert_false(holds(line, "stationary"));
    assert_is(line, "said", 2);
    assert_is(line, "met", 5);
    assert_true(holds(line, "withdrawn"));
    json_decref(line);
}

static void the_text_counts_them(void **state)
{
    char *model = write_model(*state), *one = write_trace(*state, "flat", flat), *output;
    char *other = write_trace(*state, "changing", changing);

    assert_int_equal(
        run_caught(replay_hopeless, (const char *[]){"--model", model, one, other, NULL}, &output),
        EXIT_OK);
    assert_non_null(strstr(output, "unstopped-train, 1 migrations that are stationary"));
    assert_non_null(strstr(output, "unstopped-train, 1 migrations that change"));
    assert_non_null(strstr(output, "0.50    1 100.0 (  2.5 to 100.0)"));
    assert_null(strstr(output, "nan"));
    free(output);
    assert_int_equal(run_caught(replay_hopeless, (const char *[]){NULL}, &output), EXIT_USAGE);
    free(output);
    free(one);
    free(other);
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flat_guest_is_hopeless_at_its_second_boundary,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(what_can_be_met_is_not_hopeless, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(a_change_makes_it_a_false_alarm, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(the_text_counts_them, folder_setup, folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
