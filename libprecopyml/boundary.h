/* SPDX-License-Identifier: MIT */
/*
 * Finds the boundaries in a series of snapshots taken at any rate, and says what held at the
 * boundary itself, which lies somewhere between two snapshots.
 */
#ifndef BOUNDARY_H
#define BOUNDARY_H

#include <stdbool.h>

#include <precopyml.h>

/* What boundary_observe() found. */
enum boundary_event {
    BOUNDARY_NONE,
    BOUNDARY_IGNORED, /* the snapshot tells nothing: inactive, out of order, no time or remaining */
    BOUNDARY_NEW,     /* a new boundary */
    BOUNDARY_CORRECTED, /* the same boundary again: its first sample was taken during the sync */
    BOUNDARY_RESTARTED  /* the counters fell: another migration has begun */
};

/* A boundary; NaN where unknown. Sums count from the migration's start. */
struct boundary {
    double time;        /* s, estimated moment of the sync */
    double remaining;   /* bytes at that moment */
    double unsent;      /* bytes of that which were left from before it */
    double sample;      /* bytes, raw, in the first snapshot after it */
    double transferred; /* bytes on the wire at that moment */
    double zero_pages;
    double normal_pages;
};

struct boundary_detector {
    bool started;
    bool late;   /* the first pass was not seen */
    bool counts; /* sync counts are reported */
    bool rose;   /* remaining has risen once since the last count */
    double first_count;
    double last_count;
    unsigned steps;              /* syncs since the previous boundary; over 1: some were missed */
    unsigned number;             /* of the latest boundary, 0: still in the first pass */
    struct precopyml_stats last; /* previous usable snapshot */
    struct boundary latest;
};

void boundary_reset(struct boundary_detector *detector);

/* `stats` is complete (vector.h). */
enum boundary_event boundary_observe(struct boundary_detector *detector,
                                     const struct precopyml_stats *stats);

/* Sync count minus the first seen plus 1; the raw count when attached late; number + 1 without. */
double boundary_iteration(const struct boundary_detector *detector);

#endif
