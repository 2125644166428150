/* SPDX-License-Identifier: MIT */
#include "labels.h"

#include <math.h>

/* A decision this long after a boundary's sample (s) is not about that boundary any more. */
static const double at_once = 0.25;
/* Recorded times may be rounded by this much, s. */
static const double rounding = 1e-3;

/* The row with this sync count; LABEL_NONE when it was not sampled. */
static ptrdiff_t row_of_sync(const struct boundary_row *rows, size_t count, double syncs)
{
    for (size_t i = count; i-- > 0;)
        if (rows[i].sync_count == syncs)
            return (ptrdiff_t)i;
    return LABEL_NONE;
}

static ptrdiff_t row_of_time(const struct boundary_row *rows, size_t count, double t)
{
    for (size_t i = count; i-- > 0;)
        if (rows[i].t <= t + rounding)
            return t - rows[i].t <= at_once ? (ptrdiff_t)i : LABEL_NONE;
    return LABEL_NONE;
}

/* Without events: the last row, unless that can only be the check of a stop decided before. */
static ptrdiff_t last_row(const struct boundary_row *rows, size_t count,
                          const struct migration_end *end)
{
    ptrdiff_t last = (ptrdiff_t)count - 1;

    /* One more sync was made while the guest stood. */
    if (last > 0 && migration_end_was_asked_for(end) &&
        rows[last].sync_count == end->completed_syncs - 1)
        last--;
    return last;
}

static void find_rows(const struct boundary_row *rows, size_t count,
                      const struct migration_end *end, struct labels *labels)
{
    double syncs = end->decided_syncs;

    if (isnan(syncs) && isnan(end->decided_t))
        syncs = migration_end_was_asked_for(end) ? end->last_pass - 1 : end->last_pass;
    if (!isnan(syncs) && !isnan(rows[count - 1].sync_count)) {
        labels->stop = row_of_sync(rows, count, syncs);
        labels->before = row_of_sync(rows, count, syncs - 1);
        return;
    }
    labels->stop = isnan(end->decided_t) ? last_row(rows, count, end)
                                         : row_of_time(rows, count, end->decided_t);
    labels->before = labels->stop > 0 ? labels->stop - 1 : LABEL_NONE;
}

struct labels labels_find(const struct boundary_row *rows, size_t count,
                          const struct migration_end *end)
{
    struct labels labels = {LABEL_NONE, LABEL_NONE, NAN, ""};

    if (count == 0 || end->postcopy || end->invalid)
        return labels;
    if (!isnan(end->downtime)) {
        labels.downtime = end->downtime;
        labels.source = end->source[0] != '\0' ? end->source : "unknown";
    } else if (!isnan(end->qemu_downtime)) {
        labels.downtime = end->qemu_downtime;
        labels.source = "qemu";
    } else {
        return labels;
    }
    find_rows(rows, count, end, &labels);
    return labels;
}

/* A boundary that was not sampled has no row, but the hypervisor counted it. */
static double rounds_between(const struct boundary_row *from, const struct boundary_row *to)
{
    double syncs = to->sync_count - from->sync_count;

    return isnan(syncs) ? (double)(to - from) : syncs;
}

struct rest labels_rest(const struct labels *labels, const struct boundary_row *rows, size_t row,
                        const struct migration_end *end)
{
    struct rest rest = {NAN, NAN};

    if (labels->stop == LABEL_NONE || row > (size_t)labels->stop)
        return rest;
    rest.rounds = rounds_between(&rows[row], &rows[labels->stop]);
    rest.seconds = end->stopped_t + labels->downtime - rows[row].t;
    if (isnan(rest.seconds))
        rest.seconds =
            end->completed_total - rows[row].elapsed; /* QEMU's clock: no polling in it */
    if (isnan(rest.seconds))
        rest.seconds = end->completed_t - rows[row].t;
    /* Whole nanoseconds: the difference of two decimals is one too. */
    rest.seconds = rest.seconds >= 0 ? rint(rest.seconds * 1e9) / 1e9 : (double)NAN;
    return rest;
}
