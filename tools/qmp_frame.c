/* SPDX-License-Identifier: MIT */
#include "qmp_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int qmp_frame_push(struct qmp_frame *frame, const char *bytes, size_t count)
{
    if (count == 0)
        return 0;
    if (count > QMP_FRAME_LIMIT - frame->length)
        return -EMSGSIZE;
    if (frame->capacity - frame->length < count) {
        size_t capacity = frame->capacity != 0 ? frame->capacity : 4096;

        while (capacity - frame->length < count)
            capacity *= 2;
        char *data = realloc(frame->data, capacity);
        if (data == NULL)
            return -ENOMEM;
        frame->data = data;
        frame->capacity = capacity;
    }
    memcpy(frame->data + frame->length, bytes, count);
    frame->length += count;
    return 0;
}

static void drop(struct qmp_frame *frame, size_t count)
{
    frame->length -= count;
    if (count > 0 && frame->length > 0)
        memmove(frame->data, frame->data + count, frame->length);
    frame->scanned = 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* True when the object closes with this byte. */
static bool step(struct qmp_frame *frame, char c)
{
    if (frame->in_string) {
        if (frame->escaped)
            frame->escaped = false;
        else if (c == '\\')
            frame->escaped = true;
        else if (c == '"')
            frame->in_string = false;
        return false;
    }
    if (c == '"')
        frame->in_string = true;
    else if (c == '{' || c == '[')
        frame->depth++;
    else if (c == '}' || c == ']')
        return --frame->depth == 0;
    return false;
}

/* A counter that wrapped under zero prints as 2^64 - n, more than a JSON integer can hold here. */
static json_t *parse(const char *text, size_t length)
{
    json_t *message = json_loadb(text, length, 0, NULL);

    return message != NULL ? message : json_loadb(text, length, JSON_DECODE_INT_AS_REAL, NULL);
}

int qmp_frame_next(struct qmp_frame *frame, json_t **message)
{
    size_t space = 0;

    *message = NULL;
    if (frame->scanned == 0) {
        while (space < frame->length && is_space(frame->data[space]))
            space++;
        drop(frame, space);
        if (frame->length == 0)
            return 0;
        if (frame->data[0] != '{') /* so that the depth never starts by falling under 0 */
            return -EBADMSG;
    }
    while (frame->scanned < frame->length) {
        if (!step(frame, frame->data[frame->scanned++]))
            continue;
        *message = parse(frame->data, frame->scanned);
        drop(frame, frame->scanned);
        return *message != NULL ? 1 : -EBADMSG;
    }
    return 0;
}

size_t qmp_frame_rest(const struct qmp_frame *frame)
{
    return frame->length;
}

void qmp_frame_free(struct qmp_frame *frame)
{
    free(frame->data);
    *frame = (struct qmp_frame){0};
}
