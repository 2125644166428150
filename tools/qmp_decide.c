/* SPDX-License-Identifier: MIT */
#include "qmp_decide.h"

#include <errno.h>
#include <math.h>

#include "clock.h"
#include "counter.h"
#include "qmp_throttle.h"
#include "round_end.h"

/* ---- Who holds QEMU off --------------------------------------------------------------------- */

static void tell(struct qmp_loop *loop, const char *action, double limit_ms, const char *why)
{
    double t = loop->clock_offset + clock_of(CLOCK_MONOTONIC);

    qmp_report_action(loop->report, t, action, limit_ms, why);
}

/* A replay of the trace is to see the limits that QEMU had. */
static void record_limit(struct qmp_loop *loop)
{
    double t = loop->clock_offset + clock_of(CLOCK_MONOTONIC);
    json_t *changed = json_pack("{s:I}", "downtime-limit", (json_int_t)loop->hold.in_force_ms);

    trace_recorder_parameters(loop->recorder, t, changed);
    json_decref(changed);
}

/* A permission that was withdrawn unused is no stop; one that QEMU was quicker to use is. */
static void forget_decision(struct qmp_loop *loop)
{
    if (loop->over || (loop->stopped && !loop->paused) || loop->hold.observe_only)
        return;
    loop->result.decided = false;
    loop->result.decided_t = NAN;
}

static enum qmp_error hold_off_at(struct qmp_loop *loop, double ms, const char *why)
{
    const struct hold *hold = &loop->hold;

    if (hold->observe_only || (hold->state == HOLD_OURS && hold->in_force_ms == ms))
        return QMP_OK;
    enum qmp_error error = hold_take_at(&loop->hold, ms);
    if (error == QMP_OK) {
        forget_decision(loop);
        qmp_client_set_patience(loop->client, loop->patience);
        record_limit(loop);
        tell(loop, "hold", loop->hold.in_force_ms, why);
    }
    return error;
}

enum qmp_error qmp_hold_off(struct qmp_loop *loop, const char *why)
{
    return hold_off_at(loop, loop->hold.hold_ms, why);
}

bool qmp_has_stood_back(const struct qmp_loop *loop)
{
    return hold_is_released(&loop->hold) && !loop->throttle.changed;
}

enum qmp_error qmp_stand_back(struct qmp_loop *loop, const char *why)
{
    /* A refused throttle is no reason to keep the limit. */
    enum qmp_error throttle = qmp_throttle_release(loop);

    if (hold_is_released(&loop->hold))
        return throttle;
    enum qmp_error error = hold_release(&loop->hold);
    if (error == QMP_OK) {
        forget_decision(loop);
        record_limit(loop);
        tell(loop, "release", loop->hold.in_force_ms, why);
    }
    return error != QMP_OK ? error : throttle;
}

/* ---- STOP ----------------------------------------------------------------------------------- */

/* As the session sees it at the boundary: bytes/s, bytes. NaN: unknown. */
static double feature(const struct qmp_loop *loop, enum precopyml_feature id)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    if (precopyml_session_features(loop->session, &features) != 0)
        return NAN;
    return precopyml_features_get(&features, id);
}

/* The lowest bandwidth that QEMU may calculate with, bytes/s. */
static double lowest_bandwidth(const struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double lowest = recent_bandwidth_lowest(&loop->recent, counter(stats, PRECOPYML_STAT_TIME));

    return isnan(lowest) /* no sample in the last second */
               ? feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT)
               : lowest;
}

static double permission(const struct qmp_loop *loop, const struct precopyml_stats *stats,
                         const struct precopyml_decision *decision)
{
    double page = counter(stats, PRECOPYML_STAT_PAGE_SIZE);
    double other = counter(stats, PRECOPYML_STAT_OTHER_PENDING);
    double promised = counter(stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH);
    double lowest = lowest_bandwidth(loop, stats);
    double boundary = feature(loop, PRECOPYML_FEATURE_REMAINING_BOUNDARY);

    return permission_ms(&(struct permission_terms){
        .remaining =
            fmax(counter(stats, PRECOPYML_STAT_REMAINING), boundary) + (other > 0 ? other : 0),
        .dirty_rate = counter(stats, PRECOPYML_STAT_DIRTY_RATE) * (page > 0 ? page : 4096),
        /* QEMU calculates with what was promised for the switchover, when something was. */
        .bandwidth = promised > 0 ? fmin(promised, lowest) : lowest,
        .downtime = decision->downtime,
        .upper = decision->downtime_upper,
    });
}

static void keep_decision(struct qmp_loop *loop, const struct precopyml_stats *stats,
                          const struct precopyml_decision *decision, double ms)
{
    struct qmp_result *result = &loop->result;

    result->decided = true;
    result->decided_t = counter(stats, PRECOPYML_STAT_TIME);
    result->decided_syncs = counter(stats, PRECOPYML_STAT_SYNC_COUNT);
    result->decision = *decision;
    result->throttled = counter(stats, PRECOPYML_STAT_THROTTLE) > 0;
    result->permission_ms = ms;
}

/* A guest that is to be stopped is stopped by QEMU, if what is pending is what we think it is. */
static enum qmp_error permit(struct qmp_loop *loop, const struct precopyml_stats *stats,
                             const struct precopyml_decision *decision, double ms)
{
    if (loop->hold.observe_only) {
        if (!loop->result.decided) { /* the first one counts: there it would have ended */
            keep_decision(loop, stats, decision, ms);
            tell(loop, "would-permit", ms, "only observing");
        }
        return QMP_OK;
    }
    loop->switch_by = clock_of(CLOCK_MONOTONIC) + loop->switch_time;
    /* While QEMU sends the rest its monitor is silent. */
    qmp_client_set_patience(loop->client, loop->patience + ms / 1e3);
    enum qmp_error error = hold_permit(&loop->hold, ms);
    if (error == QMP_OK) {
        if (!loop->stopped || loop->paused) /* else the one before this one has been used */
            keep_decision(loop, stats, decision, ms);
        record_limit(loop);
        tell(loop, "permit", ms, precopyml_reason_name(decision->reason));
    }
    return error;
}

static enum qmp_error check_permission(struct qmp_loop *loop)
{
    if (loop->hold.state != HOLD_PERMITTED || clock_of(CLOCK_MONOTONIC) < loop->switch_by)
        return QMP_OK;
    return qmp_hold_off(loop, "QEMU made no use of the permission");
}

/* ---- HOPELESS ------------------------------------------------------------------------------- */

static enum qmp_error give_up(struct qmp_loop *loop)
{
    bool cancel = loop->on_hopeless == HOPELESS_CANCEL;

    if (loop->on_hopeless == HOPELESS_REPORT || loop->hold.observe_only)
        return qmp_hold_off(loop, "hopeless, and to be reported only");
    enum qmp_error error = qmp_client_execute(
        loop->client, cancel ? "migrate_cancel" : "migrate-start-postcopy", NULL, NULL);
    if (error != QMP_OK)
        return error;
    loop->gave_up = true;
    tell(loop, cancel ? "cancel" : "postcopy", loop->hold.in_force_ms, "hopeless");
    return qmp_stand_back(loop, "given up");
}

/*
 * QEMU answers our permission with one more sync, and stops right after it unless a burst makes it
 * decline. To withdraw the permission there would come too late or undo our own decision; the next
 * boundary, or the deadline, will tell.
 */
static bool is_recheck(const struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    return loop->hold.state == HOLD_PERMITTED &&
           !(counter(stats, PRECOPYML_STAT_SYNC_COUNT) > loop->result.decided_syncs + 1);
}

/* ---- The end of a round under a hard throttle ----------------------------------------------- */

static bool is_for_the_end(const struct qmp_loop *loop, const struct precopyml_stats *stats,
                           const struct precopyml_decision *decision)
{
    if (!(loop->throttle.percent > 0) ||
        !round_end_matters(stats, feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT)))
        return false;
    switch (decision->verdict) {
    case PRECOPYML_STOP:
        return decision->reason != PRECOPYML_REASON_DEADLINE &&
               decision->reason != PRECOPYML_REASON_EMPTY;
    case PRECOPYML_CONTINUE: return loop->downtime_limit > 0;
    default: return false;
    }
}

/* Until then; but a permission that QEMU may be using at this sync stays. */
static enum qmp_error wait_for_end(struct qmp_loop *loop, const struct precopyml_stats *stats,
                                   const struct precopyml_decision *decision)
{
    loop->waits_for_end = true;
    loop->at_end = *decision;
    if (is_recheck(loop, stats))
        return check_permission(loop);
    return hold_off_at(loop, ROUND_END_HOLD_MS, "until the round is sent");
}

/* As much as may take no longer than our limit; or, with a stop above it, than its upper bound. */
static double end_limit_ms(const struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    const struct precopyml_decision *decision = &loop->at_end;
    double bandwidth = feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT);
    double boundary = feature(loop, PRECOPYML_FEATURE_REMAINING_BOUNDARY);
    double longest = loop->downtime_limit;

    if (decision->verdict == PRECOPYML_STOP && !(decision->downtime <= longest))
        longest = permission_upper(decision->downtime, decision->downtime_upper);
    /* By the end of a round QEMU knows the link again, which a wait for the guest made slow. */
    return round_end_limit_ms(
        longest, loop->overhead, bandwidth,
        round_end_comes_early(boundary, bandwidth) ? lowest_bandwidth(loop, stats) : bandwidth);
}

static enum qmp_error let_in(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double ms = end_limit_ms(loop, stats);

    loop->waits_for_end = false;
    return loop->at_end.verdict == PRECOPYML_STOP
               ? permit(loop, stats, &loop->at_end, ms)
               : hold_off_at(loop, ms, "the round is nearly sent");
}

static enum qmp_error look_for_end(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double bandwidth = feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT);
    double remaining = counter(stats, PRECOPYML_STAT_REMAINING);

    if (!loop->waits_for_end)
        return check_permission(loop);
    if (round_end_is_near(remaining, bandwidth))
        return let_in(loop, stats);
    loop->look_now |= round_end_is_near(remaining - bandwidth * loop->poll, bandwidth);
    /* It sends again: a permission from before has not been used. */
    if (remaining < feature(loop, PRECOPYML_FEATURE_REMAINING_BOUNDARY))
        return hold_off_at(loop, ROUND_END_HOLD_MS, "until the round is sent");
    return QMP_OK;
}

/* ---- Deciding ------------------------------------------------------------------------------- */

enum qmp_error qmp_decide(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    recent_bandwidth_add(&loop->recent, counter(stats, PRECOPYML_STAT_TIME),
                         counter(stats, PRECOPYML_STAT_BANDWIDTH));
    int seen = precopyml_session_observe(loop->session, stats);
    if (loop->gave_up)
        return QMP_OK;
    if (seen < 0)
        return qmp_stand_back(loop, "the counters make no sense");
    if (seen == 0)
        return look_for_end(loop, stats);
    loop->waits_for_end = false;
    int asked = precopyml_should_stop(loop->session, NULL, &decision);
    if (asked == -EAGAIN)
        return QMP_OK;
    qmp_report_boundary(loop->report, stats, &decision, loop->hold.in_force_ms);
    /* A bound that the model does not have never comes: to hold QEMU off for it would be for ever.
     */
    if (asked != 0 || decision.reason == PRECOPYML_REASON_BOUND_UNKNOWN)
        return qmp_stand_back(loop, precopyml_reason_name(decision.reason));
    enum qmp_error error = decision.verdict == PRECOPYML_THROTTLE
                               ? qmp_throttle_ask(loop, &decision)
                               : qmp_throttle_keep(loop);
    if (error != QMP_OK)
        return error;
    if (is_for_the_end(loop, stats, &decision))
        return wait_for_end(loop, stats, &decision);
    switch (decision.verdict) {
    case PRECOPYML_STOP: return permit(loop, stats, &decision, permission(loop, stats, &decision));
    case PRECOPYML_HOPELESS: return give_up(loop);
    default:
        if (is_recheck(loop, stats))
            return check_permission(loop);
        return qmp_hold_off(loop, precopyml_reason_name(decision.reason));
    }
}
