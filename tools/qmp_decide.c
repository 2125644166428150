/* SPDX-License-Identifier: MIT */
#include "qmp_decide.h"

#include <errno.h>
#include <math.h>

#include "clock.h"
#include "counter.h"
#include "qmp_throttle.h"

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

enum qmp_error qmp_hold_off(struct qmp_loop *loop, const char *why)
{
    if (loop->hold.observe_only || loop->hold.state == HOLD_OURS)
        return QMP_OK;
    enum qmp_error error = hold_take(&loop->hold);
    if (error == QMP_OK) {
        forget_decision(loop);
        qmp_client_set_patience(loop->client, loop->patience);
        record_limit(loop);
        tell(loop, "hold", loop->hold.in_force_ms, why);
    }
    return error;
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

static double permission(const struct qmp_loop *loop, const struct precopyml_stats *stats,
                         const struct precopyml_decision *decision)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    double page = counter(stats, PRECOPYML_STAT_PAGE_SIZE);
    double other = counter(stats, PRECOPYML_STAT_OTHER_PENDING);
    double promised = counter(stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH);
    double lowest = recent_bandwidth_lowest(&loop->recent, counter(stats, PRECOPYML_STAT_TIME));
    double boundary = NAN;

    if (precopyml_session_features(loop->session, &features) == 0)
        boundary = precopyml_features_get(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY);
    if (isnan(lowest)) /* no sample in the last second */
        lowest = precopyml_features_get(&features, PRECOPYML_FEATURE_BANDWIDTH_RECENT);
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
                             const struct precopyml_decision *decision)
{
    double ms = permission(loop, stats, decision);

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
        return check_permission(loop);
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
    switch (decision.verdict) {
    case PRECOPYML_STOP: return permit(loop, stats, &decision);
    case PRECOPYML_HOPELESS: return give_up(loop);
    default:
        if (is_recheck(loop, stats))
            return check_permission(loop);
        return qmp_hold_off(loop, precopyml_reason_name(decision.reason));
    }
}
