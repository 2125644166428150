/* SPDX-License-Identifier: MIT */
/*
 * Reads a trace: JSON Lines, one record a line. Lines and members that are of no known kind are
 * passed over; a line that is not a JSON object, or a known kind of the wrong shape, is an error.
 *
 *     {"meta":{...}}                              optional, first
 *     {"t":SECONDS,"query-migrate":{...}}         the value of QMP's `return`
 *     {"t":SECONDS,"query-migrate-parameters":{...}}  optional: hold until the next; may be partial
 *     {"t":SECONDS,"event":"STOP"}                optional: an event of either QEMU
 *     {"outcome":{"downtime_ms":X,...}}           last, where known
 */
#ifndef TRACE_H
#define TRACE_H

#include <jansson.h>

struct trace;

enum trace_kind { TRACE_META, TRACE_SAMPLE, TRACE_PARAMETERS, TRACE_EVENT, TRACE_OUTCOME };

struct trace_record {
    enum trace_kind kind;
    double t;           /* s; NaN without one (never so in a sample or an event) */
    const json_t *line; /* the whole object; both are valid until the next call */
    const json_t *body; /* what the kind's own member holds */
};

/* "-" is standard input. *trace is set in any case, for trace_error(), but for -ENOMEM. */
int trace_open(struct trace **trace, const char *path);

/* 1 a record, 0 the end, or a negative errno value: see trace_error(). */
int trace_next(struct trace *trace, struct trace_record *record);

/* "FILE:LINE: what is wrong and what was expected". */
const char *trace_error(const struct trace *trace);

/* NULL is allowed. */
void trace_close(struct trace *trace);

#endif
