/* SPDX-License-Identifier: MIT */
/* Lines of a file, of standard input ("-"), or of either compressed with xz (told by its magic). */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct trace_source;

struct source_line {
    const char *text; /* valid until the next call; not terminated */
    size_t length;
    bool terminated; /* false: the file ended without a newline */
};

/* 0 or a negative errno value. */
int trace_source_open(struct trace_source **source, const char *path);

/* 1 a line, 0 the end, or a negative errno value; -EBADMSG: trace_source_problem() says what. */
int trace_source_next(struct trace_source *source, struct source_line *line);

const char *trace_source_problem(const struct trace_source *source);

void trace_source_close(struct trace_source *source);

#endif
