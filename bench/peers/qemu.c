/* SPDX-License-Identifier: MIT */
/* QEMU left to itself: migration/migration.c, migration_iteration_run(). */
#include "qemu_rule.h"
#include "registry.h"

struct qemu {
    double limit;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct qemu *qemu = state;

    (void)peer;
    qemu->limit = options->limit > 0 ? options->limit : QEMU_DOWNTIME_LIMIT;
    return 0;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    const struct qemu *qemu = state;

    return qemu_verdict(&boundary->now, qemu->limit);
}

const struct peer peer_qemu = {
    .name = "qemu",
    .summary = "pending <= bandwidth x 300 ms",
    .not_replayed = "auto-converge; rounds end sooner under a longer limit",
    .takes_limit = true,
    .state_size = sizeof(struct qemu),
    .begin = begin,
    .decide = decide,
};
