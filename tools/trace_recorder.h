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
#include "stop_record.h"

struct trace_recorder {
    bool open;      /* false: nothing is recorded, every call does nothing */
    bool cut_short; /* from here on, for want of room */
    struct output output;
};

struct trace_meta {
    const char *recorded_by; /* the command */
    const char *qemu_version;
    double operator_limit_ms, limit_ms; /* QEMU's own, and what it has now */
    double vcpus;                       /* NaN: unknown */
    const json_t *capabilities;
};

/* `path` NULL: records nothing. EXIT_OK, or EXIT_OUTPUT after a message. */
int trace_recorder_open(struct trace_recorder *recorder, const char *program, const char *path);

void trace_recorder_meta(struct trace_recorder *recorder, const struct trace_meta *meta);

/* The migration parameters, all of them or those that have changed. */
void trace_recorder_parameters(struct trace_recorder *recorder, double t, const json_t *parameters);

void trace_recorder_sample(struct trace_recorder *recorder, double t, const json_t *reply);
void trace_recorder_event(struct trace_recorder *recorder, double t, const char *name,
                          const json_t *data);

struct trace_outcome {
    double downtime_ms; /* NaN: unknown */
    const char *source; /* whose figure it is */
    const char *ended_by;
    const struct stop_record *stop; /* where it was decided; NULL: it was not */
};

void trace_recorder_outcome(struct trace_recorder *recorder, const struct trace_outcome *outcome);

/* EXIT_OK, or EXIT_OUTPUT after a message. */
int trace_recorder_close(struct trace_recorder *recorder);

#endif
