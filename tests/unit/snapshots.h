/* SPDX-License-Identifier: MIT */
/* A hand-made migration for the tests: a guest with a given working set on a link of given speed.
 */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

#include <precopyml.h>

struct guest {
    double memory;      /* bytes, all sent in the first pass */
    double working_set; /* bytes that every later round finds dirty */
    double bandwidth;   /* bytes/s */
    double first_count; /* sync count during the first pass */
};

/*
 * The snapshot at `seconds` after the start: round 0 sends all memory, every later one the working
 * set; a sync lies between two rounds.
 */
static inline struct precopyml_stats guest_at(const struct guest *guest, double seconds)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    double first = guest->memory / guest->bandwidth;
    double later = guest->working_set / guest->bandwidth;
    double sent = seconds * guest->bandwidth;
    double round = seconds < first ? 0 : 1 + (double)(long)((seconds - first) / later);
    double start = round == 0 ? 0 : guest->memory + (round - 1) * guest->working_set;
    double set = round == 0 ? guest->memory : guest->working_set;

    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 1000 + seconds);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ACTIVE, 1);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, guest->first_count + round);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ELAPSED, seconds);
    precopyml_stats_set(&stats, PRECOPYML_STAT_MEMORY_TOTAL, guest->memory);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, set - (sent - start));
    precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, sent);
    precopyml_stats_set(&stats, PRECOPYML_STAT_PAGE_SIZE, 4096);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ZERO_PAGES, 0);
    precopyml_stats_set(&stats, PRECOPYML_STAT_NORMAL_PAGES, sent / 4096);
    precopyml_stats_set(&stats, PRECOPYML_STAT_DIRTY_RATE, 25600);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BANDWIDTH, guest->bandwidth);
    return stats;
}

#endif
