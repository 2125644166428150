/* SPDX-License-Identifier: MIT */
/* Bytes to messages: in whatever pieces they come, and what is no QMP. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qmp_frame.h"

static const char stream[] =
    "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
    "\r\n{\n    \"return\": {\n        \"desc\": \"a } \\\" { in a [ text \\\\\"\n    }\n}\n"
    "{\"id\": 1, \"return\": [[], [{}]]}{\"id\": 2}";

/* Pushes the stream in pieces of `size`; returns how many messages came. */
static int feed(struct qmp_frame *frame, size_t size)
{
    json_t *message;
    int count = 0;

    for (size_t at = 0; at < sizeof stream - 1; at += size) {
        size_t left = sizeof stream - 1 - at;

        assert_int_equal(qmp_frame_push(frame, stream + at, left < size ? left : size), 0);
        while (qmp_frame_next(frame, &message) == 1) {
            count++;
            json_decref(message);
        }
    }
    return count;
}

static void test_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t size = 1; size < sizeof stream; size++) {
        struct qmp_frame frame = {0};

        assert_int_equal(feed(&frame, size), 4);
        assert_int_equal(qmp_frame_rest(&frame), 0);
        qmp_frame_free(&frame);
    }
}

/* What next() says to one push. */
static int judge(const char *text)
{
    struct qmp_frame frame = {0};
    json_t *message;

    assert_int_equal(qmp_frame_push(&frame, text, strlen(text)), 0);
    int result = qmp_frame_next(&frame, &message);
    json_decref(message);
    qmp_frame_free(&frame);
    return result;
}

static void test_what_is_no_qmp(void **state)
{
    (void)state;
    assert_int_equal(judge(""), 0);
    assert_int_equal(judge(" \r\n"), 0);
    assert_int_equal(judge("{\"half\": \"}"), 0);
    assert_int_equal(judge("QEMU 7.2.22 monitor"), -EBADMSG);
    assert_int_equal(judge("}"), -EBADMSG);
    assert_int_equal(judge("[]"), -EBADMSG);
    assert_int_equal(judge("\n\"text\""), -EBADMSG);
    assert_int_equal(judge("{nonsense}"), -EBADMSG);
    assert_int_equal(judge("{]"), -EBADMSG);
    assert_int_equal(judge("{\"a\": \"\xff\"}"), -EBADMSG);
}

static void test_counters_that_wrapped(void **state)
{
    (void)state;
    assert_int_equal(judge("{\"remaining\": 18446744073709547520}"), 1);
}

static void test_is_bounded(void **state)
{
    struct qmp_frame frame = {0};
    char piece[4096];
    size_t total = 0;
    json_t *message;

    (void)state;
    memset(piece, '[', sizeof piece);
    piece[0] = '{';
    while (qmp_frame_push(&frame, piece, sizeof piece) == 0) {
        assert_int_equal(qmp_frame_next(&frame, &message), 0);
        total += sizeof piece;
    }
    assert_int_equal(total, QMP_FRAME_LIMIT);
    assert_int_equal(qmp_frame_push(&frame, piece, 1), -EMSGSIZE);
    assert_int_equal(qmp_frame_push(&frame, piece, 0), 0);
    qmp_frame_free(&frame);
}

/* As deep as a message can be: no parser's stack may follow it down. */
static void test_depth(void **state)
{
    struct qmp_frame frame = {0};
    size_t depth = QMP_FRAME_LIMIT / 2 - 4;
    char *text = malloc(2 * depth + 8);
    json_t *message;

    (void)state;
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', depth);
    memset(text + 5 + depth, ']', depth);
    text[5 + 2 * depth] = '}';
    assert_int_equal(qmp_frame_push(&frame, text, 6 + 2 * depth), 0);
    assert_int_equal(qmp_frame_next(&frame, &message), -EBADMSG);
    free(text);
    qmp_frame_free(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_of_any_size),
        cmocka_unit_test(test_what_is_no_qmp),
        cmocka_unit_test(test_counters_that_wrapped),
        cmocka_unit_test(test_is_bounded),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
