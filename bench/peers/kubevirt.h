/* SPDX-License-Identifier: MIT */
/* What KubeVirt's rules have in common: pkg/virt-launcher/virtwrap/live-migration-source.go. */
#ifndef KUBEVIRT_H
#define KUBEVIRT_H

#include <math.h>

#include "peer.h"

#define KUBEVIRT_POLL_SECONDS               0.4
#define KUBEVIRT_COMPLETION_SECONDS_PER_GIB 150.0 /* completionTimeoutPerGiB */
#define KUBEVIRT_DOWNTIME_MS                900.0 /* maxDowntimeMs, pkg/virt-config */

/* The size is in whole GB, rounded up, whatever the option is called: 2 for a guest of 1 GiB. */
static inline double kubevirt_acceptable_seconds(const struct peer_sample *sample)
{
    return KUBEVIRT_COMPLETION_SECONDS_PER_GIB * ceil(sample->memory_total / 1e9);
}

#endif
