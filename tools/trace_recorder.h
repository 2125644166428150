/* SPDX-License-Identifier: MIT */
/*
 * Writes the trace of a migration as it runs (the format is in trace.h). Each line is flushed, the
 * file gets its name only when the recording ends.
 */
#ifndef TRACE_RECORDER_H
#define TRACE_RECORDER_H

#include <jansson.h>
#include <stdbool.h>

#include "output.h"

struct trace_recorder {
    bool open; /* false: nothing is recorded, every call does nothing */
    struct output output;
};

struct trace_meta {
    const char *qemu_version;
    double operator_limit_ms, hold_ms;
    const json_t *parameters, *capabilities;
};

/* `path` NULL: records nothing. EXIT_OK, or EXIT_OUTPUT after a message. */
int trace_recorder_open(struct trace_recorder *recorder, const char *program, const char *path);

void trace_recorder_meta(struct trace_recorder *recorder, const struct trace_meta *meta);
void trace_recorder_sample(struct trace_recorder *recorder, double t, const json_t *reply);
void trace_recorder_event(struct trace_recorder *recorder, double t, const char *name,
                          const json_t *data);

/* `downtime_ms` is QEMU's figure, NaN when it is not known. */
void trace_recorder_outcome(struct trace_recorder *recorder, double downtime_ms,
                            const char *ended_by);

/* EXIT_OK, or EXIT_OUTPUT after a message. */
int trace_recorder_close(struct trace_recorder *recorder);

#endif
