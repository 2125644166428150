/* SPDX-License-Identifier: MIT */
#include "qmp_round.h"

#include <math.h>
#include <string.h>

#include "counter.h"
#include "qmp_limit.h"
#include "round_end.h"

bool qmp_round_takes(struct qmp_loop *loop, const struct precopyml_stats *stats,
                     const struct precopyml_decision *decision)
{
    loop->waits_for_end = false;
    if (!(loop->throttle.percent > 0) ||
        !round_end_matters(stats, qmp_feature(loop, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH)))
        return false;
    switch (decision->reason) {
    case PRECOPYML_REASON_NO_GAIN:
    case PRECOPYML_REASON_LIMIT_MET: return true;
    case PRECOPYML_REASON_ABOVE_LIMIT:
    case PRECOPYML_REASON_PAYS: return loop->wishes->downtime_limit > 0;
    default: return false; /* at once, or not at all */
    }
}

enum qmp_error qmp_round_begin(struct qmp_loop *loop, const struct precopyml_stats *stats,
                               const struct precopyml_decision *decision, bool recheck)
{
    loop->waits_for_end = true;
    loop->declined = recheck;
    loop->at_end = *decision;
    enum qmp_error error =
        recheck ? QMP_OK
                : qmp_hold_off_at(loop, ROUND_END_HOLD_MS, "until the round is nearly sent");
    return error == QMP_OK ? qmp_round_look(loop, stats) : error;
}

/* What QEMU then finds pending needs no bound; but `slo` promises one for all that it leaves open.
 */
static double promise(const struct qmp_loop *loop)
{
    const struct precopyml_decision *decision = &loop->at_end;
    double limit = loop->wishes->downtime_limit;
    bool bound = loop->wishes->policy != NULL && strcmp(loop->wishes->policy, "slo") == 0;

    return bound ? limit * decision->downtime / decision->downtime_upper : limit;
}

/* s, that the switchover may take. A stop above the limit may take what its bound says. */
static double longest(const struct qmp_loop *loop)
{
    const struct precopyml_decision *decision = &loop->at_end;
    double hard_max = loop->wishes->hard_max;
    double allowed = promise(loop);

    if (decision->verdict == PRECOPYML_STOP)
        allowed = fmax(allowed, permission_upper(decision->downtime, decision->downtime_upper));
    return hard_max > 0 ? fmin(allowed, hard_max) : allowed;
}

static double end_limit_ms(const struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double promised = counter(stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH);
    double recent = qmp_feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT);
    struct round_end_terms terms = {
        .longest = longest(loop),
        .downtime = loop->at_end.downtime,
        .remaining = qmp_feature(loop, PRECOPYML_FEATURE_REMAINING_BOUNDARY),
        .overhead = loop->overhead,
        .bandwidth = qmp_feature(loop, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH),
        .least = loop->at_end.verdict == PRECOPYML_STOP ? 1 : 0,
    };

    if (promised > 0)
        terms.calculated = promised;
    else if (loop->at_end.verdict == PRECOPYML_CONTINUE &&
             round_end_comes_early(terms.remaining, recent))
        terms.calculated = qmp_lowest_bandwidth(loop, stats);
    else
        terms.calculated = recent;
    return round_end_limit_ms(&terms);
}

static enum qmp_error act(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double ms = end_limit_ms(loop, stats);

    loop->waits_for_end = false;
    if (loop->at_end.verdict != PRECOPYML_STOP)
        return qmp_let_in(loop, ms);
    if (loop->declined) /* not to be held off for ever by what we think is pending */
        ms = fmax(ms, qmp_permission(loop, stats, &loop->at_end));
    return qmp_permit(loop, stats, &loop->at_end, ms);
}

enum qmp_error qmp_round_look(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double bandwidth = qmp_feature(loop, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH);
    double remaining = counter(stats, PRECOPYML_STAT_REMAINING);
    bool sends = remaining < qmp_feature(loop, PRECOPYML_FEATURE_REMAINING);
    enum qmp_error error = QMP_OK;

    if (!loop->waits_for_end || !(bandwidth > 0))
        return qmp_check_permission(loop);
    if (loop->hold.state == HOLD_PERMITTED) {
        if (!sends)
            return qmp_check_permission(loop);
        error = qmp_hold_off_at(loop, ROUND_END_HOLD_MS, "QEMU made no use of the permission");
    }
    if (error == QMP_OK && round_end_is_near(remaining, bandwidth))
        return act(loop, stats);
    /* To be back in time, however seldom we look otherwise. */
    loop->look_now |= round_end_is_near(remaining - bandwidth * loop->poll, bandwidth);
    return error;
}
