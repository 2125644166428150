/* SPDX-License-Identifier: MIT */
/*
 * OpenStack Nova: QEMU's rule under a limit that the clock alone raises, in equal steps.
 * nova/virt/libvirt/migration.py (downtime_steps, should_trigger_timeout_action) and
 * nova/conf/libvirt.py.
 */
#include <math.h>

#include "poll_clock.h"
#include "qemu_rule.h"
#include "registry.h"

#define POLL_SECONDS           0.5   /* driver.py, _live_migration_monitor() */
#define DOWNTIME_MS            500.0 /* live_migration_downtime */
#define DOWNTIME_LEAST_MS      100.0 /* the least it may be set to */
#define STEPS                  10    /* live_migration_downtime_steps */
#define DELAY_SECONDS_PER_GIB  75.0  /* live_migration_downtime_delay */
#define LEAST_GIB              2.0   /* a guest counts as no smaller than this */
#define COMPLETION_SECONDS_GIB 800.0 /* live_migration_completion_timeout; then abort */

struct nova {
    double most_ms;
    double limit_ms;
    struct poll_clock clock;
};

static double gib(const struct peer_sample *sample)
{
    return fmax(sample->memory_total / (1024.0 * 1024 * 1024), LEAST_GIB);
}

static double step_ms(const struct nova *nova, double step)
{
    double base = nova->most_ms / STEPS;
    double offset = (nova->most_ms - base) / STEPS;

    return floor(base + offset * step);
}

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct nova *nova = state;

    (void)peer;
    nova->most_ms =
        options->limit > 0 ? fmax(options->limit * 1e3, DOWNTIME_LEAST_MS) : DOWNTIME_MS;
    nova->limit_ms = step_ms(nova, 0);
    return 0;
}

static void observe(void *state, const struct peer_sample *sample)
{
    struct nova *nova = state;
    double delay = floor(DELAY_SECONDS_PER_GIB * gib(sample));

    if (!poll_clock_is_due(&nova->clock, sample->elapsed, POLL_SECONDS))
        return;
    for (int step = 0; step <= STEPS; step++) {
        if (sample->elapsed > delay * step)
            nova->limit_ms = step_ms(nova, step);
    }
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    const struct nova *nova = state;

    if (qemu_completes(&boundary->now, nova->limit_ms / 1e3))
        return PEER_STOP;
    observe(state, &boundary->now);
    return boundary->now.elapsed > COMPLETION_SECONDS_GIB * gib(&boundary->now) ? PEER_GIVE_UP
                                                                                : PEER_GO_ON;
}

const struct peer peer_nova = {
    .name = "nova",
    .summary = "QEMU's rule, limit 50 to 500 ms in 10 steps of 75 s/GiB; abort after 800 s/GiB",
    .not_replayed = "force_complete by post-copy or pause, auto-converge",
    .takes_limit = true,
    .state_size = sizeof(struct nova),
    .begin = begin,
    .observe = observe,
    .decide = decide,
};
