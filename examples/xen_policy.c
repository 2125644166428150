/* SPDX-License-Identifier: MIT */
#include "xen_policy.h"

#include <time.h>

#define PAGE 4096.0

double xen_policy_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int own_rule(struct precopy_stats seen)
{
    return seen.dirty_count < 50 || seen.iteration >= 5 ? XGS_POLICY_STOP_AND_COPY
                                                        : XGS_POLICY_CONTINUE_PRECOPY;
}

/*
 * Xen asks before a batch, with the pages that it found dirty, and after it, when it has not looked
 * again. STOP_AND_COPY lets that batch out before the guest is suspended: the blackout is that of
 * the next boundary, decision.downtime_next, and never worth more waiting than the present one.
 */
int xen_policy_decide(struct precopy_stats seen, void *data)
{
    struct xen_policy *policy = data;
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    double dirty = (double)seen.dirty_count * PAGE;

    if (seen.dirty_count < 0)
        return XGS_POLICY_CONTINUE_PRECOPY;
    if (seen.iteration == 0)
        policy->memory = dirty; /* the first batch is all of it */
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, policy->clock());
    precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, seen.iteration > 0);
    precopyml_stats_set(&stats, PRECOPYML_STAT_MEMORY_TOTAL, policy->memory);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, dirty);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, (double)seen.total_written * PAGE);
    if (precopyml_session_observe(policy->session, &stats) != 1)
        return seen.iteration == 0 ? XGS_POLICY_CONTINUE_PRECOPY : own_rule(seen);
    if (precopyml_should_stop(policy->session, NULL, &decision))
        return own_rule(seen);
    switch (decision.verdict) {
    case PRECOPYML_STOP: return XGS_POLICY_STOP_AND_COPY;
    case PRECOPYML_HOPELESS: return XGS_POLICY_ABORT;
    default: return XGS_POLICY_CONTINUE_PRECOPY;
    }
}
