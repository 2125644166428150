/* SPDX-License-Identifier: MIT */
/*
 * KubeVirt VEP 248, stall detection: QEMU's rule at 300 ms until pre-copy stalls; then, at a local
 * minimum of what remains, the switch is made as softly as the forecast downtime allows, by force
 * where the workload may be disrupted, or the migration is aborted.
 */
#include <math.h>

#include "kubevirt.h"
#include "poll_clock.h"
#include "qemu_rule.h"
#include "registry.h"
#include "stall.h"
#include "stall_constants.h"

#define EWMA_ALPHA         0.4  /* ewmaAlpha, of the polled bandwidth */
#define SOFT_FACTOR        1.5  /* precopyPossibleFactor */
#define SWITCHOVER_SECONDS 60.0 /* switchoverTimeout */
#define COMPLETION_FACTOR  2.0  /* completionTimeoutFactor */

struct constants {
    bool search_minima; /* searchLocalMinima, by default on */
    bool disrupt;       /* allowWorkloadDisruption, the operator's choice */
};

static const struct constants defaults = {true, true};
static const struct constants any_moment = {false, true};
static const struct constants gentle = {true, false};

struct vep248 {
    const struct constants *constants;
    double limit;    /* s, QEMU's as set now */
    double most;     /* s, maxDowntimeMs */
    double rate;     /* bytes/s; 0: none seen */
    double deadline; /* s; 0: no switchover was begun */
    struct stall stall;
    struct poll_clock clock;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct vep248 *vep = state;

    vep->constants = peer->constants;
    vep->most = options->limit > 0 ? options->limit : KUBEVIRT_DOWNTIME_MS / 1e3;
    vep->limit = fmin(vep->most, QEMU_DOWNTIME_LIMIT);
    return 0;
}

static void observe(void *state, const struct peer_sample *sample)
{
    struct vep248 *vep = state;

    if (!(sample->bandwidth > 0) ||
        !poll_clock_is_due(&vep->clock, sample->elapsed, KUBEVIRT_POLL_SECONDS))
        return;
    vep->rate = vep->rate > 0 ? EWMA_ALPHA * sample->bandwidth + (1 - EWMA_ALPHA) * vep->rate
                              : sample->bandwidth;
}

/* The limit goes up, and QEMU makes its test with it, now and at every boundary to come. */
static enum peer_verdict switch_softly(struct vep248 *vep, const struct peer_sample *now)
{
    vep->limit = vep->most;
    vep->deadline = now->elapsed + SWITCHOVER_SECONDS;
    return qemu_verdict(now, vep->limit);
}

static enum peer_verdict switch_or_not(struct vep248 *vep, const struct peer_sample *now)
{
    double forecast = now->remaining / vep->rate;
    double acceptable = kubevirt_acceptable_seconds(now);
    double time_left = COMPLETION_FACTOR * acceptable - now->elapsed;

    if (vep->constants->search_minima && now->remaining > vep->stall.best * (1 + STALL_MARGIN))
        return PEER_GO_ON;
    if (forecast > time_left) /* the link has just collapsed */
        return PEER_GO_ON;
    if (vep->constants->disrupt)
        return PEER_STOP;
    if (forecast <= SOFT_FACTOR * vep->most)
        return switch_softly(vep, now);
    return PEER_GIVE_UP;
}

static enum peer_verdict out_of_time(const struct vep248 *vep, const struct peer_sample *now)
{
    double time_left = COMPLETION_FACTOR * kubevirt_acceptable_seconds(now) - now->elapsed;

    return vep->constants->disrupt && now->remaining / vep->rate <= time_left ? PEER_STOP
                                                                              : PEER_GIVE_UP;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct vep248 *vep = state;
    const struct peer_sample *now = &boundary->now;

    if (qemu_completes(now, vep->limit))
        return PEER_STOP;
    if (vep->deadline > 0)
        return now->elapsed > vep->deadline ? PEER_GIVE_UP : PEER_GO_ON;
    if (!(vep->rate > 0) || isnan(now->remaining))
        return PEER_GO_ON;
    if (stall_note(&vep->stall, now->elapsed, now->remaining))
        return PEER_GIVE_UP;
    if (now->elapsed > kubevirt_acceptable_seconds(now))
        return out_of_time(vep, now);
    return vep->stall.stalled ? switch_or_not(vep, now) : PEER_GO_ON;
}

static void end(void *state)
{
    struct vep248 *vep = state;

    stall_end(&vep->stall);
}

const struct peer peer_kubevirt_vep248 = {
    .name = "kubevirt-vep248",
    .summary = "no 4 % less for 40 s, then a local minimum of remaining; disruption allowed",
    .not_replayed = "post-copy",
    .constants = &defaults,
    .takes_limit = true,
    .state_size = sizeof(struct vep248),
    .begin = begin,
    .observe = observe,
    .decide = decide,
    .end = end,
};

const struct peer peer_kubevirt_vep248_any = {
    .name = "kubevirt-vep248-any",
    .summary = "the same without local minima: switch as soon as it has stalled",
    .not_replayed = "post-copy",
    .constants = &any_moment,
    .takes_limit = true,
    .state_size = sizeof(struct vep248),
    .begin = begin,
    .observe = observe,
    .decide = decide,
    .end = end,
};

const struct peer peer_kubevirt_vep248_gentle = {
    .name = "kubevirt-vep248-gentle",
    .summary = "local minima, no disruption allowed: abort when one is over 1.5 x 900 ms",
    .constants = &gentle,
    .takes_limit = true,
    .state_size = sizeof(struct vep248),
    .begin = begin,
    .observe = observe,
    .decide = decide,
    .end = end,
};
