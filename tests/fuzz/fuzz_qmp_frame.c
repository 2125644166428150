/* SPDX-License-Identifier: MIT */
/*
 * Any bytes from a monitor, in pieces whose size the first byte gives: the same messages come as
 * from one piece, and never more is kept than was sent.
 */
#include <stdint.h>
#include <stdlib.h>

#include "qmp_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* How many messages came; minus one less than that when the stream ended as no QMP. */
static int feed(const char *text, size_t length, size_t size)
{
    struct qmp_frame frame = {0};
    json_t *message;
    int result = 0, count = 0;

    for (size_t at = 0; at < length && result == 0; at += size) {
        size_t left = length - at;

        result = qmp_frame_push(&frame, text + at, left < size ? left : size);
        while (result == 0 && (result = qmp_frame_next(&frame, &message)) == 1) {
            if (!json_is_object(message) || qmp_frame_rest(&frame) > length)
                abort();
            json_decref(message);
            count++;
            result = 0;
            if (qmp_frame_rest(&frame) == 0)
                break;
        }
    }
    qmp_frame_free(&frame);
    return result < 0 ? -1 - count : count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    if (length < 2 || length > QMP_FRAME_LIMIT)
        return 0;
    const char *text = (const char *)data + 1;
    if (feed(text, length - 1, (size_t)data[0] + 1) != feed(text, length - 1, length))
        abort();
    return 0;
}
