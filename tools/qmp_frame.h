/* SPDX-License-Identifier: MIT */
/*
 * Bytes of a QMP stream in, JSON messages out.
 *
 * A message is an object: it ends where its braces close, not at the end of a line, so a monitor
 * opened with pretty=on reads the same. One message is never longer than QMP_FRAME_LIMIT.
 */
#ifndef QMP_FRAME_H
#define QMP_FRAME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A query-migrate answer has about 1 KiB; the longest answer we ask for is under 8 KiB. */
#define QMP_FRAME_LIMIT ((size_t)1 << 20)

/* All zero to begin with. */
struct qmp_frame {
    char *data;
    size_t length, capacity;
    size_t scanned; /* bytes of the message in front already looked at */
    size_t depth;   /* braces and brackets open after them */
    bool in_string, escaped;
};

/* 0, -EMSGSIZE when this makes the unread part longer than the limit, or -ENOMEM. */
int qmp_frame_push(struct qmp_frame *frame, const char *bytes, size_t count);

/* 1 and *message (the caller's), 0 when more bytes are needed, -EBADMSG when this is not QMP. */
int qmp_frame_next(struct qmp_frame *frame, json_t **message);

/* Bytes that no message has used yet: what a silent peer has said so far. */
size_t qmp_frame_rest(const struct qmp_frame *frame);

void qmp_frame_free(struct qmp_frame *frame);

#endif
