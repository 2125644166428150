/* SPDX-License-Identifier: MIT */
/*
 * oVirt: QEMU's rule under a limit that the number of iterations raises, one step a poll, the last
 * step being to abort. vdsm lib/vdsm/virt/migration.py (MonitorThread); the policies are in
 * ovirt-engine packaging/dbscripts/upgrade/pre_upgrade/0000_config.sql (MigrationPolicies).
 */
#include "poll_clock.h"
#include "qemu_rule.h"
#include "registry.h"

#define POLL_SECONDS 10.0 /* MonitorThread's, from one to the next and to the first */
#define ANY          (-1) /* fires at the next new iteration */
#define ABORT        0

struct step {
    int after; /* iterations since the first one seen */
    int limit_ms;
};

struct schedule {
    int initial_ms;
    unsigned count;
    struct step steps[7];
};

static const struct schedule minimal_downtime = {
    100, 6, {{1, 150}, {2, 200}, {3, 300}, {4, 400}, {6, 500}, {ANY, ABORT}}};
static const struct schedule suspend_if_needed = {
    100, 7, {{1, 150}, {2, 200}, {3, 300}, {4, 400}, {6, 500}, {ANY, 5000}, {ANY, ABORT}}};
static const struct schedule very_large = {
    300, 7, {{1, 400}, {2, 500}, {3, 700}, {4, 1000}, {6, 1500}, {ANY, 5000}, {ANY, ABORT}}};

struct ovirt {
    const struct schedule *schedule;
    unsigned step; /* the next */
    double limit;
    bool gave_up;
    unsigned first, last; /* iterations as polled; 0: none yet */
    struct poll_clock clock;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct ovirt *ovirt = state;

    (void)options;
    ovirt->schedule = peer->constants;
    ovirt->limit = ovirt->schedule->initial_ms / 1e3;
    ovirt->clock.next = POLL_SECONDS;
    return 0;
}

static void take_step(struct ovirt *ovirt)
{
    const struct step *step = &ovirt->schedule->steps[ovirt->step++];

    if (step->limit_ms == ABORT)
        ovirt->gave_up = true;
    else
        ovirt->limit = step->limit_ms / 1e3;
}

static void observe(void *state, const struct peer_sample *sample)
{
    struct ovirt *ovirt = state;
    bool advanced;

    if (ovirt->gave_up || !poll_clock_is_due(&ovirt->clock, sample->elapsed, POLL_SECONDS))
        return;
    if (ovirt->first == 0) /* earlier, cancelled jobs may have counted before */
        ovirt->first = ovirt->last = sample->iteration;
    advanced = sample->iteration > ovirt->last;
    ovirt->last = sample->iteration;
    if (advanced && ovirt->step < ovirt->schedule->count &&
        ovirt->schedule->steps[ovirt->step].after < (int)(sample->iteration - ovirt->first))
        take_step(ovirt);
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct ovirt *ovirt = state;

    if (!ovirt->gave_up && qemu_completes(&boundary->now, ovirt->limit))
        return PEER_STOP;
    observe(state, &boundary->now);
    return ovirt->gave_up ? PEER_GIVE_UP : PEER_GO_ON;
}

const struct peer peer_ovirt = {
    .name = "ovirt",
    .summary = "minimal downtime: limit 100 ms, 150 to 500 after iteration 1, 2, 3, 4, 6; abort",
    .not_replayed = "auto-converge",
    .constants = &minimal_downtime,
    .state_size = sizeof(struct ovirt),
    .begin = begin,
    .observe = observe,
    .decide = decide,
};

const struct peer peer_ovirt_suspend = {
    .name = "ovirt-suspend",
    .summary = "suspend if needed: as ovirt, then 5 s, then abort",
    .not_replayed = "auto-converge, xbzrle",
    .constants = &suspend_if_needed,
    .state_size = sizeof(struct ovirt),
    .begin = begin,
    .observe = observe,
    .decide = decide,
};

const struct peer peer_ovirt_large = {
    .name = "ovirt-large",
    .summary =
        "very large VMs: limit 300 ms, 400 to 1500 after iteration 1, 2, 3, 4, 6; 5 s; abort",
    .not_replayed = "zero-copy sending",
    .constants = &very_large,
    .state_size = sizeof(struct ovirt),
    .begin = begin,
    .observe = observe,
    .decide = decide,
};
