/* SPDX-License-Identifier: MIT */
/*
 * Xen before its present stream format: tools/libxc/xc_domain_save.c. It looks back at the round
 * that ended; how many pages are dirty now it has not yet asked.
 */
#include "registry.h"

#define MAX_ITERATIONS 29 /* DEF_MAX_ITERS */
#define MAX_FACTOR     3  /* DEF_MAX_FACTOR: pages sent, in sizes of the guest */
#define FEW_PAGES      50 /* a literal there */

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    const struct peer_sample *now = &boundary->now;

    (void)state;
    return boundary->round_pages < FEW_PAGES || boundary->number >= MAX_ITERATIONS ||
                   now->pages_sent * now->page_size > MAX_FACTOR * now->memory_total
               ? PEER_STOP
               : PEER_GO_ON;
}

const struct peer peer_xen_old = {
    .name = "xen-old",
    .summary =
        "a round of fewer than 50 pages, 29 iterations, or three times the guest's memory sent",
    .decide = decide,
};
