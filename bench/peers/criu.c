/* SPDX-License-Identifier: MIT */
/*
 * CRIU's P.Haul: phaul/iters.py. A pre-dump is a round, the pages it wrote are those the round
 * sent. The first pre-dump has index 0, and the growth is in whole per cent, rounded down.
 */
#include <math.h>

#include "registry.h"

#define MAX_ITERATIONS 8  /* PHAUL_ITER_MAX */
#define MIN_PAGES      64 /* PHAUL_ITER_MIN_SIZE */
#define MAX_GROWTH     10 /* PHAUL_ITER_GROW_MAX, per cent */

struct criu {
    double pages_before; /* of the pre-dump before; 0: none */
};

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct criu *criu = state;
    double pages = boundary->round_pages, before = criu->pages_before;

    criu->pages_before = pages;
    if (pages <= MIN_PAGES || boundary->number > MAX_ITERATIONS)
        return PEER_STOP;
    return before > 0 && floor((pages - before) * 100 / before) > MAX_GROWTH ? PEER_STOP
                                                                             : PEER_GO_ON;
}

const struct peer peer_criu = {
    .name = "criu",
    .summary = "P.Haul: at most 64 pages in a pre-dump, 10 % more than before, or index 8",
    .state_size = sizeof(struct criu),
    .decide = decide,
};
