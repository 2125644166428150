/* SPDX-License-Identifier: MIT */
/*
 * Proxmox VE: QEMU's rule under a limit that doubles whenever `remaining` was seen to rise often
 * enough; it never gives up. qemu-server src/PVE/QemuMigrate.pm.
 */
#include <math.h>

#include "poll_clock.h"
#include "qemu_rule.h"
#include "registry.h"

#define START_LIMIT       0.1 /* s: migrate_downtime */
#define POLL_SECONDS      1.0 /* the same file's loop, as all below */
#define POLL_SECONDS_LAST 0.1 /* for good, once less remains than is sent between two polls */
#define RISES_ENDURED     5   /* one more doubles the limit */

struct proxmox {
    double limit;
    double interval; /* s from poll to poll */
    int rises;
    unsigned polls;
    double last_remaining, last_transferred;
    struct poll_clock clock;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct proxmox *proxmox = state;

    (void)peer;
    proxmox->limit = options->limit > 0 ? options->limit : START_LIMIT;
    proxmox->interval = POLL_SECONDS;
    proxmox->clock.next = POLL_SECONDS;
    return 0;
}

/* Progress does not clear the count. */
static void count_rise(struct proxmox *proxmox, double remaining)
{
    if ((proxmox->last_remaining > 0 && remaining > proxmox->last_remaining) || remaining <= 0)
        proxmox->rises++;
    proxmox->last_remaining = remaining;
    if (proxmox->rises <= RISES_ENDURED)
        return;
    proxmox->rises = 0;
    proxmox->limit = fmin(2 * proxmox->limit, QEMU_DOWNTIME_LIMIT_MOST);
}

/* The average is of what had been sent by the poll before, over all polls. */
static void look(struct proxmox *proxmox, const struct peer_sample *sample)
{
    if (sample->remaining < proxmox->last_transferred / proxmox->polls) {
        proxmox->interval = POLL_SECONDS_LAST;
        proxmox->clock.next = sample->elapsed + proxmox->interval;
    }
    count_rise(proxmox, sample->remaining);
}

static void observe(void *state, const struct peer_sample *sample)
{
    struct proxmox *proxmox = state;

    if (!poll_clock_is_due(&proxmox->clock, sample->elapsed, proxmox->interval))
        return;
    proxmox->polls++;
    if (sample->transferred > proxmox->last_transferred)
        look(proxmox, sample);
    proxmox->last_transferred = sample->transferred;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    const struct proxmox *proxmox = state;

    if (qemu_completes(&boundary->now, proxmox->limit))
        return PEER_STOP;
    observe(state, &boundary->now);
    return PEER_GO_ON;
}

const struct peer peer_proxmox = {
    .name = "proxmox",
    .summary = "QEMU's rule, limit 100 ms, doubled whenever 6 polls saw remaining rise",
    .not_replayed = "xbzrle",
    .takes_limit = true,
    .state_size = sizeof(struct proxmox),
    .begin = begin,
    .observe = observe,
    .decide = decide,
};
