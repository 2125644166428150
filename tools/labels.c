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

/* Sync count of the boundary at which the stop was decided; NaN when the trace cannot tell. */
static double stop_syncs(const struct migration_end *end)
{
    double last = end->last_pass; /* of the sync right before the guest stood */

    if (!isnan(end->decided_syncs))
        return end->decided_syncs;
    if (isnan(last))
        last = end->completed_syncs - 1; /* one more was made while it stood */
    return migration_end_was_asked_for(end) ? last - 1 : last;
}

static void find_rows(const struct boundary_row *rows, size_t count,
                      const struct migration_end *end, struct labels *labels)
{
    double syncs = stop_syncs(end);

    if (isnan(end->decided_syncs) && !isnan(end->decided_t)) {
        labels->stop = row_of_time(rows, count, end->decided_t);
        if (labels->stop > 0)
            labels->before = labels->stop - 1;
    } else if (!isnan(syncs) && !isnan(rows[count - 1].sync_count)) {
        labels->stop = row_of_sync(rows, count, syncs);
        labels->before = row_of_sync(rows, count, syncs - 1);
    } else {
        labels->stop = (ptrdiff_t)count - 1;
        if (count > 1)
            labels->before = labels->stop - 1;
    }
}

static double remaining_time(const struct boundary_row *row, const struct migration_end *end,
                             double downtime)
{
    double seconds = end->stopped_t + downtime - row->t;

    if (isnan(seconds))
        seconds = end->completed_total - row->elapsed; /* QEMU's clock: no polling in it */
    if (isnan(seconds))
        seconds = end->completed_t - row->t;
    return seconds >= 0 ? seconds : (double)NAN;
}

struct labels labels_find(const struct boundary_row *rows, size_t count,
                          const struct migration_end *end)
{
    struct labels labels = {LABEL_NONE, LABEL_NONE, NAN, "", NAN};

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
    if (labels.stop != LABEL_NONE)
        labels.remaining_time = remaining_time(&rows[labels.stop], end, labels.downtime);
    return labels;
}
