/* SPDX-License-Identifier: MIT */
#include "convergence.h"

static bool own_rule(const struct convergence *state, double bytes, double bandwidth)
{
    return bytes == 0 || (bandwidth > 0 && bytes / bandwidth <= state->limit);
}

bool convergence_reached(void *closure, uint64_t iteration, uint64_t bytes, double bandwidth)
{
    struct convergence *state = closure;
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    double left = (double)bytes;

    if (iteration > 0 && !(bandwidth > 0)) { /* the clock would stand still, or never end */
        state->sending = left;
        return own_rule(state, left, bandwidth);
    }
    if (iteration == 0) {
        state->memory = left;
    } else { /* no clock is handed over, and none is needed */
        state->seconds += state->sending / bandwidth;
        state->sent += state->sending;
        precopyml_stats_set(&stats, PRECOPYML_STAT_BANDWIDTH, bandwidth);
    }
    state->sending = left;
    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, state->seconds);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, iteration > 0);
    precopyml_stats_set(&stats, PRECOPYML_STAT_MEMORY_TOTAL, state->memory);
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, left);
    precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, state->sent);
    if (precopyml_session_observe(state->session, &stats) != 1 ||
        precopyml_should_stop(state->session, NULL, &decision))
        return iteration > 0 && own_rule(state, left, bandwidth);
    return decision.verdict == PRECOPYML_STOP;
}
