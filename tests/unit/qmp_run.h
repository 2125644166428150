/* SPDX-License-Identifier: MIT */
/* What the tests of `precopyml qmp` share: a fake QEMU each, a run, and what came of it. */
#ifndef QMP_RUN_H
#define QMP_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "exit_codes.h"
#include "fake_qemu.h"

#define OPERATOR_MS 60.0
#define HOLD_MS     20.0

static inline int create(void **state)
{
    *state = fake_create();
    return 0;
}

static inline int destroy(void **state)
{
    fake_free(*state);
    return 0;
}

static inline void run(struct fake_qemu *fake, int expected_exit, const char *const *options)
{
    fake_run(fake, options);
    fake_finish(fake);
    if (fake->exit != expected_exit)
        print_error("exit %d, messages: %s\noutput: %s\n", fake->exit, fake->messages,
                    fake->output);
    assert_int_equal(fake->exit, expected_exit);
}
#define RUN(fake, code, ...) run(fake, code, (const char *const[]){__VA_ARGS__, NULL})

/* The member of the result, the last line of --json; borrowed from *line. */
static inline json_t *result_of(const struct fake_qemu *fake, const char *key, json_t **line)
{
    const char *text = strstr(fake->output, "{\"result\"");

    assert_non_null(text);
    *line = json_loads(text, 0, NULL);
    assert_non_null(*line);
    return json_object_get(json_object_get(*line, "result"), key);
}

static inline void assert_result(const struct fake_qemu *fake, const char *key,
                                 const char *expected)
{
    json_t *line, *value = result_of(fake, key, &line);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    assert_string_equal(text != NULL ? text : "nothing", expected);
    free(text);
    json_decref(line);
}

static inline void assert_restored(const struct fake_qemu *fake)
{
    assert_true(fake->limit_count >= 2);
    assert_true(fake->limit == OPERATOR_MS);
    assert_true(fake->limits[fake->limit_count - 1] == OPERATOR_MS);
}

#endif
