/* SPDX-License-Identifier: MIT */
#include "standstill.h"

#include "throttled.h"
#include "vector.h"

void standstill_reset(struct standstill *standstill)
{
    *standstill = (struct standstill){.syncs = NAN, .remained = NAN};
}

/* Whether the snapshot shows a sync that the one before did not. */
static unsigned has_synced(const struct standstill *standstill, const struct precopyml_stats *stats)
{
    return stats_value(stats, PRECOPYML_STAT_SYNC_COUNT) > standstill->syncs ||
           stats_value(stats, PRECOPYML_STAT_BOUNDARY) == 1;
}

void standstill_add(struct standstill *standstill, const struct precopyml_stats *stats,
                    double seconds, double bytes)
{
    double remains = stats_value(stats, PRECOPYML_STAT_REMAINING);
    unsigned synced = has_synced(standstill, stats);

    if (bytes > 0) {
        /* One sync took that long; with more of them in it, it was not a sync that stood still. */
        if (standstill->synced + synced == 1)
            standstill->pause = fmax(standstill->pause, standstill->seconds);
        standstill->seconds = 0;
        standstill->synced = synced; /* it may have begun in this very window */
    } else {
        if (remains > 0 && standstill->remained > 0)
            standstill->seconds += seconds;
        standstill->synced += synced;
    }
    standstill->remained = remains;
    standstill->syncs = stats_value(stats, PRECOPYML_STAT_SYNC_COUNT);
}

double standstill_of(const struct standstill *standstill, double throttle)
{
    double sleep = throttle > THROTTLE_NONE ? THROTTLE_SLICE / throttle_leaves(throttle) : 0;

    return fmax(standstill->seconds - fmax(standstill->pause, sleep), 0);
}
