/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "registry.h"

static const struct peer *const peers[] = {
    &peer_precopyml_optimal,
    &peer_precopyml_optimal_met,
    &peer_precopyml_threshold,
    &peer_precopyml_slo,
    &peer_look_ahead,
    &peer_qemu,
    &peer_nova,
    &peer_ovirt,
    &peer_ovirt_suspend,
    &peer_ovirt_large,
    &peer_proxmox,
    &peer_kubevirt_vep291,
    &peer_kubevirt_vep248,
    &peer_kubevirt_vep248_any,
    &peer_kubevirt_vep248_gentle,
    &peer_cloud_hypervisor,
    &peer_xen,
    &peer_xen_old,
    &peer_criu,
    &peer_lxd,
    &peer_termination_like,
    &peer_ar_like,
    &peer_arima_like,
    &peer_ensemble_like,
};

#define COUNT (sizeof peers / sizeof peers[0])

const struct peer *peer_at(size_t i)
{
    return i < COUNT ? peers[i] : NULL;
}

const struct peer *peer_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(peers[i]->name, name) == 0)
            return peers[i];
    }
    return NULL;
}

int peer_open(struct peer_run *run, const struct peer *peer, const struct peer_options *options)
{
    *run = (struct peer_run){.peer = peer, .state = calloc(1, peer->state_size + 1)};
    if (!run->state)
        return -ENOMEM;
    return peer->begin ? peer->begin(run->state, peer, options) : 0;
}

void peer_observe(struct peer_run *run, const struct peer_sample *sample)
{
    if (run->peer->observe)
        run->peer->observe(run->state, sample);
}

enum peer_verdict peer_decide(struct peer_run *run, const struct peer_boundary *boundary)
{
    return run->peer->decide(run->state, boundary);
}

void peer_close(struct peer_run *run)
{
    if (run->state && run->peer->end)
        run->peer->end(run->state);
    free(run->state);
    run->state = NULL;
}
