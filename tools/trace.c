/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_source.h"

struct trace {
    struct trace_source *source;
    const char *path;
    size_t line;
    json_t *object; /* of the record handed out last */
    char error[512];
};

__attribute__((format(printf, 3, 4))) static int fail(struct trace *trace, int code,
                                                      const char *format, ...)
{
    const char *path = strcmp(trace->path, "-") == 0 ? "standard input" : trace->path;
    va_list arguments;
    int length;

    if (trace->line > 0)
        length = snprintf(trace->error, sizeof(trace->error), "%.300s:%zu: ", path, trace->line);
    else
        length = snprintf(trace->error, sizeof(trace->error), "%.300s: ", path);
    va_start(arguments, format);
    vsnprintf(trace->error + length, sizeof(trace->error) - (size_t)length, format, arguments);
    va_end(arguments);
    return code;
}

int trace_open(struct trace **result, const char *path)
{
    struct trace *trace = calloc(1, sizeof(*trace));
    int error;

    *result = trace;
    if (trace == NULL)
        return -ENOMEM;
    trace->path = path;
    error = trace_source_open(&trace->source, path);
    return error < 0 ? fail(trace, error, "%s", strerror(-error)) : 0;
}

static int parse(struct trace *trace, const struct source_line *line)
{
    json_error_t problem;

    json_decref(trace->object);
    /* As reals: some counters of QEMU can wrap to values that no integer type of JSON holds. */
    trace->object = json_loadb(line->text, line->length, JSON_DECODE_INT_AS_REAL, &problem);
    if (json_is_object(trace->object))
        return 0;
    if (trace->object != NULL)
        return fail(trace, -EBADMSG, "expected a JSON object");
    if (!line->terminated)
        return fail(trace, -EBADMSG, "the last line is cut off, expected a whole JSON object");
    return fail(trace, -EBADMSG, "expected a JSON object: %s, column %d", problem.text,
                problem.column);
}

/* A downtime that is no time would give way to another source's without a word. */
static int check_outcome(struct trace *trace, const json_t *outcome)
{
    const json_t *downtime = json_object_get(outcome, "downtime_ms");
    const json_t *source = json_object_get(outcome, "source");

    if (downtime != NULL && !json_is_null(downtime) &&
        !(json_number_value(downtime) >= 0 && json_is_number(downtime)))
        return fail(trace, -EBADMSG, "expected \"downtime_ms\" to be a number from 0, or null");
    if (source != NULL && !json_is_null(source) && !json_is_string(source))
        return fail(trace, -EBADMSG, "expected \"source\" to be text");
    return 1;
}

/* Recognizes the record: 1, 0 for a line of no known kind, or an error. */
static int recognize(struct trace *trace, struct trace_record *record)
{
    static const struct {
        const char *key;
        enum trace_kind kind;
    } kinds[] = {
        {"query-migrate", TRACE_SAMPLE},
        {"query-migrate-parameters", TRACE_PARAMETERS},
        {"event", TRACE_EVENT},
        {"outcome", TRACE_OUTCOME},
        {"meta", TRACE_META},
    };
    const json_t *t = json_object_get(trace->object, "t");
    size_t i = 0;

    while (i < sizeof(kinds) / sizeof(kinds[0]) &&
           json_object_get(trace->object, kinds[i].key) == NULL)
        i++;
    if (i == sizeof(kinds) / sizeof(kinds[0]))
        return 0;
    record->kind = kinds[i].kind;
    record->line = trace->object;
    record->body = json_object_get(trace->object, kinds[i].key);
    record->t = json_is_number(t) ? json_number_value(t) : (double)NAN;
    if (record->kind == TRACE_EVENT) {
        if (!json_is_string(record->body))
            return 0; /* somebody else's kind of event */
    } else if (!json_is_object(record->body)) {
        return fail(trace, -EBADMSG, "expected \"%s\" to be an object", kinds[i].key);
    }
    if (isnan(record->t) && (record->kind == TRACE_SAMPLE || record->kind == TRACE_EVENT))
        return fail(trace, -EBADMSG, "expected a number \"t\", seconds, beside \"%s\"",
                    kinds[i].key);
    return record->kind == TRACE_OUTCOME ? check_outcome(trace, record->body) : 1;
}

static bool is_blank(const struct source_line *line)
{
    size_t i = 0;

    while (i < line->length &&
           (line->text[i] == ' ' || line->text[i] == '\t' || line->text[i] == '\r'))
        i++;
    return i == line->length;
}

int trace_next(struct trace *trace, struct trace_record *record)
{
    struct source_line line;
    int result;

    for (;;) {
        result = trace_source_next(trace->source, &line);
        trace->line += result != 0;
        if (result == -EBADMSG)
            return fail(trace, result, "%s", trace_source_problem(trace->source));
        if (result < 0)
            return fail(trace, result, "%s", strerror(-result));
        if (result == 0)
            return 0;
        if (is_blank(&line))
            continue;
        result = parse(trace, &line);
        if (result == 0)
            result = recognize(trace, record);
        if (result != 0)
            return result;
    }
}

const char *trace_error(const struct trace *trace)
{
    return trace->error;
}

void trace_close(struct trace *trace)
{
    if (trace == NULL)
        return;
    trace_source_close(trace->source);
    json_decref(trace->object);
    free(trace);
}
