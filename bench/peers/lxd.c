/* SPDX-License-Identifier: MIT */
/*
 * LXD's migration by CRIU pre-dumps: lxd/migrate_instance.go. Its pull request 4072 speaks of 10
 * pre-dumps; the code counts every one of them twice, and the sixth is the last.
 */
#include "registry.h"

#define MAX_COUNT    10   /* migration.incremental.memory.iterations */
#define SHARE_COPIED 0.70 /* migration.incremental.memory.goal: copied before this pre-dump */

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    double pages = boundary->now.memory_total / boundary->now.page_size;

    (void)state;
    return 1 - boundary->round_pages / pages > SHARE_COPIED || 2 * boundary->number - 1 >= MAX_COUNT
               ? PEER_STOP
               : PEER_GO_ON;
}

const struct peer peer_lxd = {
    .name = "lxd",
    .summary = "a pre-dump found over 70 % of the pages already copied, or 6 pre-dumps",
    .decide = decide,
};
