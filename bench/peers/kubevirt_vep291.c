/* SPDX-License-Identifier: MIT */
/*
 * KubeVirt VEP 291, dynamic downtime tuning: QEMU's rule under a limit that grows from the third
 * iteration on, at most every 10 s. As the code does it, not the proposal's text: the cooldown
 * runs from the start, and a step is a whole number of milliseconds, rounded down. Constants: the
 * tuning defaults of KubeVirt pull request 17480.
 */
#include <math.h>

#include "kubevirt.h"
#include "poll_clock.h"
#include "qemu_rule.h"
#include "registry.h"

#define INITIAL_MS       150.0 /* initialMs */
#define STEPS            7     /* steps */
#define START_ITERATION  3     /* startAfterIteration */
#define COOLDOWN_SECONDS 10.0  /* cooldown, from one step to the next */

struct vep291 {
    double limit_ms, most_ms, step_ms;
    double last_set; /* s since the start */
    struct poll_clock clock;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct vep291 *vep = state;

    (void)peer;
    vep->most_ms = options->limit > 0 ? options->limit * 1e3 : KUBEVIRT_DOWNTIME_MS;
    vep->limit_ms = fmin(INITIAL_MS, vep->most_ms);
    vep->step_ms = fmax(floor((vep->most_ms - vep->limit_ms) / STEPS), 1);
    return 0;
}

static void observe(void *state, const struct peer_sample *sample)
{
    struct vep291 *vep = state;

    if (!poll_clock_is_due(&vep->clock, sample->elapsed, KUBEVIRT_POLL_SECONDS))
        return;
    if (sample->iteration < START_ITERATION ||
        sample->elapsed - vep->last_set < COOLDOWN_SECONDS - POLL_CLOCK_SLACK)
        return;
    vep->limit_ms = fmin(vep->limit_ms + vep->step_ms, vep->most_ms);
    vep->last_set = sample->elapsed;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    const struct vep291 *vep = state;

    if (qemu_completes(&boundary->now, vep->limit_ms / 1e3))
        return PEER_STOP;
    observe(state, &boundary->now);
    return boundary->now.elapsed > kubevirt_acceptable_seconds(&boundary->now) ? PEER_GIVE_UP
                                                                               : PEER_GO_ON;
}

const struct peer peer_kubevirt_vep291 = {
    .name = "kubevirt-vep291",
    .summary = "QEMU's rule, limit 150 ms to 900 ms in 7 steps, from iteration 3, one every 10 s",
    .not_replayed = "post-copy or pause at the timeout",
    .takes_limit = true,
    .state_size = sizeof(struct vep291),
    .begin = begin,
    .observe = observe,
    .decide = decide,
};
