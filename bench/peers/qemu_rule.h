/* SPDX-License-Identifier: MIT */
/*
 * QEMU's own test, under every manager that only moves its limit: pending <= bandwidth x limit, the
 * bandwidth being that of QEMU's latest window of 100 ms. QEMU makes it continuously; after a sync,
 * at a boundary, is where it can end the migration.
 */
#ifndef QEMU_RULE_H
#define QEMU_RULE_H

#include <stdbool.h>

#include "peer.h"

/* downtime-limit's default: 300 ms (migration/options.c). */
#define QEMU_DOWNTIME_LIMIT 0.3
/* The highest that QEMU accepts, "switch over whatever it costs": 2,000 s. */
#define QEMU_DOWNTIME_LIMIT_MOST 2000.0

/* Nothing pending completes whatever the bandwidth; otherwise one that is not known never does. */
static inline bool qemu_completes(const struct peer_sample *now, double limit)
{
    return now->remaining <= 0 || (now->bandwidth > 0 && now->remaining <= now->bandwidth * limit);
}

static inline enum peer_verdict qemu_verdict(const struct peer_sample *now, double limit)
{
    return qemu_completes(now, limit) ? PEER_STOP : PEER_GO_ON;
}

#endif
