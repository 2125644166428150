/* SPDX-License-Identifier: MIT */
#ifndef GUEST_SIZE_H
#define GUEST_SIZE_H

#include "peer.h"

/* Memory of the guest in GiB, the unit in which managers grant time; NaN when unknown. */
static inline double guest_gib(const struct peer_sample *sample)
{
    return sample->memory_total / (1024.0 * 1024 * 1024);
}

#endif
