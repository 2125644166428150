/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <math.h>
#include <stddef.h>

#include <counter.h>

void sample_origin_note(struct sample_origin *origin, double t, const struct precopyml_stats *stats)
{
    double elapsed = counter(stats, PRECOPYML_STAT_ELAPSED);

    if (!isnan(origin->start))
        return;
    origin->start = t - (elapsed > 0 ? elapsed : 0);
    origin->first_sync = counter(stats, PRECOPYML_STAT_SYNC_COUNT);
}

struct peer_sample sample_of(const struct sample_origin *origin, double t,
                             const struct precopyml_stats *stats)
{
    double syncs = counter(stats, PRECOPYML_STAT_SYNC_COUNT) - origin->first_sync;
    double page_size = counter(stats, PRECOPYML_STAT_PAGE_SIZE);

    return (struct peer_sample){
        .elapsed = t - origin->start,
        .iteration = syncs > 0 ? (unsigned)syncs + 1 : 1,
        .remaining = counter(stats, PRECOPYML_STAT_REMAINING),
        .transferred = counter(stats, PRECOPYML_STAT_TRANSFERRED),
        .pages_sent =
            counter(stats, PRECOPYML_STAT_NORMAL_PAGES) + counter(stats, PRECOPYML_STAT_ZERO_PAGES),
        .bandwidth = counter(stats, PRECOPYML_STAT_BANDWIDTH),
        .memory_total = counter(stats, PRECOPYML_STAT_MEMORY_TOTAL),
        .page_size = page_size > 0 ? page_size : 4096,
    };
}

void sample_end_round(struct peer_boundary *boundary, const struct peer_sample *before)
{
    static const struct peer_sample start;

    before = before ? before : &start;
    boundary->round_seconds = boundary->now.elapsed - before->elapsed;
    boundary->round_bytes = boundary->now.transferred - before->transferred;
    boundary->round_pages = boundary->now.pages_sent - before->pages_sent;
}
