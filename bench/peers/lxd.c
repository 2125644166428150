/* SPDX-License-Identifier: MIT */
/* LXD's migration by CRIU pre-dumps, as its pull request 4072 describes it. */
#include "registry.h"

#define MAX_PRE_DUMPS 10   /* at most so many */
#define SHARE_COPIED  0.70 /* of the pages, already copied before this pre-dump */

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    double pages = boundary->now.memory_total / boundary->now.page_size;

    (void)state;
    return 1 - boundary->round_pages / pages >= SHARE_COPIED || boundary->number >= MAX_PRE_DUMPS
               ? PEER_STOP
               : PEER_GO_ON;
}

const struct peer peer_lxd = {
    .name = "lxd",
    .summary = "a pre-dump found 70 % of the pages already copied, or 10 pre-dumps",
    .decide = decide,
};
