/* SPDX-License-Identifier: MIT */
/* Which boundary a recorded downtime belongs to, and what it was. */
#ifndef LABELS_H
#define LABELS_H

#include <stddef.h>

#include "boundary_walk.h"

enum { LABEL_NONE = -1 };

struct labels {
    ptrdiff_t stop; /* row at which the stop was decided, or LABEL_NONE: it is not among the rows */
    ptrdiff_t before;   /* row of the boundary before it, or LABEL_NONE */
    double downtime;    /* s; NaN: the run has none */
    const char *source; /* "events", "qemu", "libvirt"; "" without a downtime */
};

/*
 * Finds the labels of a run. QEMU syncs right before it stops the guest. When its own rule stops,
 * that sync is the boundary of the decision; when somebody raises the limit, it is QEMU's check of
 * the stop decided one boundary earlier. Which it was, the outcome's decided_at or the pass events
 * tell exactly, and a boundary that fell between two samples has no row then. Without them the last
 * row counts. `rows` are those before the guest stood.
 */
struct labels labels_find(const struct boundary_row *rows, size_t count,
                          const struct migration_end *end);

/* From a boundary to the end of the run, s. */
struct rest {
    double seconds; /* NaN: unknown, or the row lies behind the stop */
    double rounds;  /* from the row to that of the stop */
};

struct rest labels_rest(const struct labels *labels, const struct boundary_row *rows, size_t row,
                        const struct migration_end *end);

#endif
