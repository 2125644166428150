/* SPDX-License-Identifier: MIT */
/*
 * Cloud Hypervisor: dirty bytes over the last iteration's rate against the limit. vmm/src/lib.rs
 * (is_precopy_converged) and vm-migration/src/context.rs.
 */
#include "registry.h"

#define DOWNTIME_SECONDS 0.3    /* downtime_ms 300, "same as QEMU" */
#define TIMEOUT_SECONDS  3600.0 /* timeout_s; then cancel */

struct cloud_hypervisor {
    double limit;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct cloud_hypervisor *vmm = state;

    (void)peer;
    vmm->limit = options->limit > 0 ? options->limit : DOWNTIME_SECONDS;
    return 0;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    const struct cloud_hypervisor *vmm = state;
    double rate = boundary->round_bytes / boundary->round_seconds;

    if (boundary->now.remaining <= 0)
        return PEER_STOP;
    if (rate > 0 && boundary->now.remaining / rate <= vmm->limit)
        return PEER_STOP;
    return boundary->now.elapsed >= TIMEOUT_SECONDS ? PEER_GIVE_UP : PEER_GO_ON;
}

const struct peer peer_cloud_hypervisor = {
    .name = "cloud-hypervisor",
    .summary = "dirty bytes / rate of the last iteration <= 300 ms; cancel after 3600 s",
    .takes_limit = true,
    .state_size = sizeof(struct cloud_hypervisor),
    .begin = begin,
    .decide = decide,
};
