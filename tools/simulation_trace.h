/* SPDX-License-Identifier: MIT */
/*
 * A simulated migration as a trace: the same lines as a recorded one, but that the meta line says
 * "simulated" and the outcome's source is "simulation". The lines between the two are gathered in
 * memory by a writer of its own, because printf() would take longer than the simulation.
 */
#ifndef SIMULATION_TRACE_H
#define SIMULATION_TRACE_H

#include <stdio.h>

#include "simulation.h"

struct simulation_trace {
    char *data;
    size_t length, capacity;
    bool failed; /* out of memory */
    struct simulation_observer observer;
};

/* Empties the trace; what has been gathered stays allocated. */
void simulation_trace_start(struct simulation_trace *trace);
void simulation_trace_free(struct simulation_trace *trace);

/* Whose migration it is. */
struct simulation_label {
    const char *workload; /* as the user wrote it */
    const char *link;
    uint64_t seed;
    uint32_t run;
};

/* "sim-WORKLOAD-SEED-RUN", a name that no other run has. */
void simulation_trace_id(const struct simulation_label *label, char *id, size_t size);

/* The whole trace. Errors stay on the stream. */
void simulation_trace_write(const struct simulation_trace *trace,
                            const struct simulation_label *label, const struct scenario *scenario,
                            const struct simulation_result *result, FILE *stream);

/* "force", "qemu", "cancelled". */
const char *simulation_end_word(enum simulation_end end);

#endif
