/* SPDX-License-Identifier: MIT */
/* Xen's present rule: tools/libs/guest/xg_sr_save.c, simple_precopy_policy(). */
#include "registry.h"

#define MAX_ITERATIONS     5  /* SPP_MAX_ITERATIONS */
#define TARGET_DIRTY_COUNT 50 /* SPP_TARGET_DIRTY_COUNT, pages */

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    double dirty = boundary->now.remaining / boundary->now.page_size;

    (void)state;
    return dirty < TARGET_DIRTY_COUNT || boundary->number >= MAX_ITERATIONS ? PEER_STOP
                                                                            : PEER_GO_ON;
}

const struct peer peer_xen = {
    .name = "xen",
    .summary = "fewer than 50 dirty pages, or 5 iterations",
    .decide = decide,
};
