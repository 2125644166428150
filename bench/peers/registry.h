/* SPDX-License-Identifier: MIT */
/* Every peer there is; each is defined in the file named for it. */
#ifndef PEER_REGISTRY_H
#define PEER_REGISTRY_H

#include "peer.h"

extern const struct peer peer_precopyml_optimal, peer_precopyml_optimal_met,
    peer_precopyml_threshold, peer_precopyml_slo;
extern const struct peer peer_look_ahead;
extern const struct peer peer_qemu, peer_nova, peer_proxmox, peer_kubevirt_vep291;
extern const struct peer peer_ovirt, peer_ovirt_suspend, peer_ovirt_large;
extern const struct peer peer_kubevirt_vep248, peer_kubevirt_vep248_any,
    peer_kubevirt_vep248_gentle;
extern const struct peer peer_cloud_hypervisor, peer_xen, peer_xen_old, peer_criu, peer_lxd;
extern const struct peer peer_termination_like, peer_ar_like, peer_arima_like, peer_ensemble_like;

#endif
