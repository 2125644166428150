/* SPDX-License-Identifier: MIT */
/* The reader of traces: kinds of lines, compression, and what is said about broken files. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <lzma.h>

#include "trace.h"
#include "trace_files.h"

static const char good[] =
    "{\"meta\":{\"id\":\"one\"}}\n"
    "\n"
    "{\"note\":\"of no kind\"}\n"
    "{\"t\":1.5,\"query-migrate\":{}}\r\n"
    "{\"t\":2,\"link\":5}\n"
    "{\"t\":2,\"query-migrate-parameters\":{\"downtime-limit\":50}}\n"
    "{\"t\":3,\"event\":\"STOP\",\"side\":\"src\"}\n"
    "{\"t\":4,\"query-migrate\":{\"ram\":{\"remaining\":18446744073709551616}},\"x\":1}\n"
    "{\"outcome\":{\"downtime_ms\":12}}\n";

/* Reads all of it: the last result; the kinds as letters in `kinds`, the message in `error`. */
static int read_all(const char *path, char *kinds, char *error)
{
    struct trace_record record;
    struct trace *trace;
    int result = trace_open(&trace, path);

    assert_non_null(trace);
    while (result == 0 && (result = trace_next(trace, &record)) == 1) {
        *kinds++ = "MSPEO"[record.kind];
        assert_true(json_is_object(record.line));
        assert_non_null(record.body);
        if (record.kind == TRACE_SAMPLE || record.kind == TRACE_EVENT)
            assert_true(isfinite(record.t));
        result = 0;
    }
    *kinds = '\0';
    strcpy(error, trace_error(trace));
    trace_close(trace);
    return result;
}

static void assert_reads(const char *folder, const void *data, size_t length, const char *expected)
{
    char kinds[64], error[512];
    char *path = file_write(folder, "t.jsonl", data, length);

    assert_int_equal(read_all(path, kinds, error), 0);
    assert_string_equal(kinds, expected);
    assert_string_equal(error, "");
    free(path);
}

static void assert_fails(const char *folder, const void *data, size_t length, const char *where,
                         const char *what)
{
    char kinds[64], error[512];
    char *path = file_write(folder, "t.jsonl", data, length);

    assert_int_equal(read_all(path, kinds, error), -EBADMSG);
    assert_ptr_equal(strstr(error, path), error);
    if (strncmp(error + strlen(path), where, strlen(where)) != 0 || strstr(error, what) == NULL)
        fail_msg("message: %s", error);
    free(path);
}

static void kinds_of_lines(void **state)
{
    assert_reads(*state, good, strlen(good), "MSPESO");
    assert_reads(*state, good, strlen(good) - 1, "MSPESO"); /* no newline at the end */
    assert_reads(*state, "", 0, "");
    assert_reads(*state, " \n\n", 3, "");
}

static void assert_line_fails(const char *folder, const char *line, const char *what)
{
    char text[256];

    snprintf(text, sizeof(text), "{\"t\":1,\"query-migrate\":{}}\n%s\n", line);
    assert_fails(folder, text, strlen(text), ":2: ", what);
}

static void bad_lines_are_named(void **state)
{
    assert_line_fails(*state, "nonsense", "expected a JSON object");
    assert_line_fails(*state, "[1,2]", "expected a JSON object");
    assert_line_fails(*state, "{\"t\":1} {\"t\":2}", "expected a JSON object");
    assert_line_fails(*state, "{\"t\":1,\"query-migrate\":[]}",
                      "\"query-migrate\" to be an object");
    assert_line_fails(*state, "{\"t\":1,\"query-migrate\":null}", "to be an object");
    assert_line_fails(*state, "{\"query-migrate\":{}}", "expected a number \"t\"");
    assert_line_fails(*state, "{\"t\":\"1\",\"query-migrate\":{}}", "expected a number \"t\"");
    assert_line_fails(*state, "{\"event\":\"STOP\"}", "expected a number \"t\"");
    assert_line_fails(*state, "{\"outcome\":3}", "\"outcome\" to be an object");
    assert_line_fails(*state, "{\"t\":1e999,\"query-migrate\":{}}", "expected a JSON object");
    assert_fails(*state, "{}\n\0\n", 5, ":2: ", "expected a JSON object");
    assert_fails(*state, "{\"t\":1,\"que", 11, ":1: ", "cut off");
    assert_fails(*state, "\x1f\x8b\b", 3, ":", "gzip");
}

static void no_file(void **state)
{
    char kinds[64], error[512];
    char *path = file_write(*state, "gone.jsonl", "", 0);

    unlink(path);
    assert_int_equal(read_all(path, kinds, error), -ENOENT);
    assert_non_null(strstr(error, "No such file"));
    assert_true(read_all(*state, kinds, error) < 0); /* a folder */
    free(path);
}

static void a_line_without_end(void **state)
{
    size_t length = (size_t)17 << 20;
    char *text = malloc(length);

    assert_non_null(text);
    memset(text, ' ', length);
    assert_fails(*state, text, length, ":1: ", "longer than 16 MiB");
    free(text);
}

static uint8_t *compress(const char *text, size_t *length)
{
    uint8_t *data = malloc(4096);

    *length = 0;
    assert_non_null(data);
    assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)text,
                                             strlen(text), data, length, 2000),
                     LZMA_OK);
    return data;
}

static void xz_whole_and_broken(void **state)
{
    size_t length;
    uint8_t *data = compress(good, &length);

    assert_reads(*state, data, length, "MSPESO");
    memcpy(data + length, data, length); /* two streams */
    assert_reads(*state, data, 2 * length, "MSPESOMSPESO");
    for (size_t cut = 6; cut < length; cut++) {
        char kinds[64], error[512];
        char *path = file_write(*state, "t.jsonl", data, cut);

        assert_int_equal(read_all(path, kinds, error), -EBADMSG);
        assert_non_null(strstr(error, "xz data is cut off"));
        free(path);
    }
    data[length / 2] ^= 0x55;
    assert_fails(*state, data, length, ":", "damaged");
    free(data);
}

static void standard_input(void **state)
{
    char kinds[64], error[512];
    char *path = file_write(*state, "t.jsonl", good, strlen(good));
    int saved = dup(STDIN_FILENO);

    assert_non_null(freopen(path, "r", stdin));
    assert_int_equal(read_all("-", kinds, error), 0);
    assert_string_equal(kinds, "MSPESO");
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_of_lines),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(no_file),
        cmocka_unit_test(a_line_without_end),
        cmocka_unit_test(xz_whole_and_broken),
        cmocka_unit_test(standard_input),
    };

    return cmocka_run_group_tests_name("trace", tests, folder_setup, folder_teardown);
}
