/* SPDX-License-Identifier: MIT */
#include "qmp_round.h"

#include <math.h>
#include <string.h>

#include "counter.h"
#include "qmp_limit.h"
#include "round_end.h"

/* Bytes of memory that are sent a second: less of the wire where they are zeros or compress. */
static double pace(const struct qmp_loop *loop)
{
    double share = qmp_feature(loop, PRECOPYML_FEATURE_RESENT_WIRE_SHARE);

    return qmp_feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT) / (share >= 0 ? share : 1);
}

bool qmp_round_takes(struct qmp_loop *loop, const struct precopyml_stats *stats,
                     const struct precopyml_decision *decision)
{
    loop->missed = loop->waits_for_end && decision->boundary != loop->at_end.boundary;
    loop->waits_for_end = false;
    if (!(loop->throttle.percent > 0) || !round_end_matters(stats, pace(loop)))
        return false;
    switch (decision->reason) {
    case PRECOPYML_REASON_NO_GAIN:
    case PRECOPYML_REASON_LIMIT_MET: return true;
    case PRECOPYML_REASON_ABOVE_LIMIT:
    case PRECOPYML_REASON_PAYS: return loop->wishes->downtime_limit > 0;
    default: return false; /* at once, or not at all */
    }
}

/* s. What is pending is known then and needs no bound; but `slo` promises one, for the rest. */
static double promise(const struct qmp_loop *loop)
{
    const struct precopyml_decision *decision = &loop->at_end;
    double limit = loop->wishes->downtime_limit;
    bool bound = loop->wishes->policy != NULL && strcmp(loop->wishes->policy, "slo") == 0;

    return bound ? limit * decision->downtime / decision->downtime_upper : limit;
}

/* The limit for a switchover that may take `longest` (s), ms. */
static double limit_for(const struct qmp_loop *loop, const struct precopyml_stats *stats,
                        double longest, double least)
{
    double promised = counter(stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH);
    double other = counter(stats, PRECOPYML_STAT_OTHER_PENDING);
    double memory = qmp_feature(loop, PRECOPYML_FEATURE_REMAINING_BOUNDARY);
    double calculated = promised;

    if (!(promised > 0))
        calculated = round_end_comes_early(memory, pace(loop))
                         ? qmp_lowest_bandwidth(loop, stats)
                         : qmp_feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT);
    return round_end_limit_ms(&(struct round_end_terms){
        .longest = longest,
        .downtime = loop->at_end.downtime,
        .remaining = memory + (other > 0 ? other : 0),
        .overhead = loop->overhead,
        .bandwidth = qmp_feature(loop, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH),
        .calculated = calculated,
        .least = least,
    });
}

/* A stop above the limit may take what its bound says, and is not held off for ever. */
static double stop_ms(const struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    const struct precopyml_decision *decision = &loop->at_end;
    double limit = promise(loop), hard_max = loop->wishes->hard_max;
    double upper = permission_upper(decision->downtime, decision->downtime_upper);
    double ms = limit_for(loop, stats, decision->downtime > limit ? upper : limit, 1);

    if (loop->declined)
        ms = fmax(ms, qmp_permission(loop, stats, decision));
    return hard_max > 0 ? fmin(ms, limit_for(loop, stats, hard_max, 1)) : ms;
}

static enum qmp_error act(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double hard_max = loop->wishes->hard_max, longest = promise(loop);

    loop->waits_for_end = false;
    if (loop->at_end.verdict == PRECOPYML_STOP)
        return qmp_permit(loop, stats, &loop->at_end, stop_ms(loop, stats));
    if (hard_max > 0)
        longest = fmin(longest, hard_max);
    return qmp_let_in(loop, limit_for(loop, stats, longest, 0));
}

enum qmp_error qmp_round_begin(struct qmp_loop *loop, const struct precopyml_stats *stats,
                               const struct precopyml_decision *decision, bool recheck)
{
    loop->waits_for_end = true;
    loop->declined = loop->hold.state == HOLD_PERMITTED;
    loop->at_end = *decision;
    if (recheck)
        return qmp_round_look(loop, stats);
    if (loop->missed) /* rounds that end sooner than we look: at once, then */
        return act(loop, stats);
    enum qmp_error error =
        qmp_hold_off_at(loop, ROUND_END_HOLD_MS, "until the round is nearly sent");
    return error == QMP_OK ? qmp_round_look(loop, stats) : error;
}

enum qmp_error qmp_round_look(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double remaining = counter(stats, PRECOPYML_STAT_REMAINING), speed = pace(loop);
    bool sends = remaining < qmp_feature(loop, PRECOPYML_FEATURE_REMAINING);
    enum qmp_error error = QMP_OK;

    if (!loop->waits_for_end || !(speed > 0))
        return qmp_check_permission(loop);
    if (loop->hold.state == HOLD_PERMITTED) {
        loop->look_now = true; /* to see soon that it was declined */
        if (!sends)
            return qmp_check_permission(loop);
        error = qmp_hold_off_at(loop, ROUND_END_HOLD_MS, "QEMU made no use of the permission");
    }
    if (error == QMP_OK && round_end_is_near(remaining, speed))
        return act(loop, stats);
    /* To be back in time, however seldom we look otherwise. */
    loop->look_now |= round_end_is_near(remaining - speed * loop->poll, speed);
    return error;
}
