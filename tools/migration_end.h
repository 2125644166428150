/* SPDX-License-Identifier: MIT */
/* How a recorded migration ended, gathered from its trace's records in the order they come. */
#ifndef MIGRATION_END_H
#define MIGRATION_END_H

#include <stdbool.h>

#include "trace.h"

enum { MIGRATION_END_WORD = 32 };

/* NaN, "" and -1 stand for unknown. Times `t` are the trace's, durations are seconds. */
struct migration_end {
    double stopped_t; /* the source's STOP, while the guest has not gone on there */
    double last_pass; /* sync count of the last pass that began before it */
    bool postcopy;    /* what was measured then is not a pre-copy downtime */

    double completed_t; /* of QEMU's first reply that says so */
    double completed_total;
    double completed_syncs;
    double qemu_downtime;

    double downtime; /* as the outcome line has it */
    char source[MIGRATION_END_WORD];
    bool invalid; /* the outcome says that no downtime of this run counts */
    int forced;
    char ended_by[MIGRATION_END_WORD];
    double decided_t; /* of the sample at which the stop was decided */
    double decided_syncs;
    bool too_late; /* a stop was asked for when the guest stood already */
};

void migration_end_init(struct migration_end *end);

/* Takes notice of any record. */
void migration_end_note(struct migration_end *end, const struct trace_record *record);

/* True when somebody else than QEMU's own rule stopped the guest. */
bool migration_end_was_asked_for(const struct migration_end *end);

#endif
