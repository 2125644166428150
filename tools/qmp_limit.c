/* SPDX-License-Identifier: MIT */
#include "qmp_limit.h"

#include <math.h>

#include "clock.h"
#include "counter.h"
#include "qmp_throttle.h"

void qmp_tell(struct qmp_loop *loop, const char *action, double limit_ms, const char *why)
{
    double t = loop->clock_offset + clock_of(CLOCK_MONOTONIC);

    qmp_report_action(loop->report, t, action, limit_ms, why);
}

/* A replay of the trace is to see the limits that QEMU's rounds ended under. */
static void record_limit(struct qmp_loop *loop)
{
    double t = loop->clock_offset + clock_of(CLOCK_MONOTONIC);
    json_t *changed = json_pack("{s:I}", "downtime-limit", (json_int_t)loop->hold.steady_ms);

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

enum qmp_error qmp_hold_off_at(struct qmp_loop *loop, double ms, const char *why)
{
    const struct hold *hold = &loop->hold;

    if (hold->observe_only ||
        (hold->state == HOLD_OURS && hold->in_force_ms == ms && hold->steady_ms == ms))
        return QMP_OK;
    enum qmp_error error = hold_take(&loop->hold, ms);
    if (error == QMP_OK) {
        forget_decision(loop);
        qmp_client_set_patience(loop->client, loop->patience);
        record_limit(loop);
        qmp_tell(loop, "hold", loop->hold.in_force_ms, why);
    }
    return error;
}

enum qmp_error qmp_hold_off(struct qmp_loop *loop, const char *why)
{
    return qmp_hold_off_at(loop, loop->hold.hold_ms, why);
}

enum qmp_error qmp_let_in(struct qmp_loop *loop, double ms)
{
    enum qmp_error error = hold_let_in(&loop->hold, ms);

    if (error == QMP_OK) {
        qmp_client_set_patience(loop->client, loop->patience + ms / 1e3);
        qmp_tell(loop, "let-in", ms, "the round is nearly sent");
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

    loop->waits_for_end = false;
    if (hold_is_released(&loop->hold))
        return throttle;
    enum qmp_error error = hold_release(&loop->hold);
    if (error == QMP_OK) {
        forget_decision(loop);
        record_limit(loop);
        qmp_tell(loop, "release", loop->hold.in_force_ms, why);
    }
    return error != QMP_OK ? error : throttle;
}

double qmp_feature(const struct qmp_loop *loop, enum precopyml_feature id)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    if (precopyml_session_features(loop->session, &features) != 0)
        return NAN;
    return precopyml_features_get(&features, id);
}

double qmp_lowest_bandwidth(const struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    double lowest = recent_bandwidth_lowest(&loop->recent, counter(stats, PRECOPYML_STAT_TIME));

    return isnan(lowest) /* no sample in the last second */
               ? qmp_feature(loop, PRECOPYML_FEATURE_BANDWIDTH_RECENT)
               : lowest;
}

double qmp_permission(const struct qmp_loop *loop, const struct precopyml_stats *stats,
                      const struct precopyml_decision *decision)
{
    double page = counter(stats, PRECOPYML_STAT_PAGE_SIZE);
    double other = counter(stats, PRECOPYML_STAT_OTHER_PENDING);
    double promised = counter(stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH);
    double lowest = qmp_lowest_bandwidth(loop, stats);
    double boundary = qmp_feature(loop, PRECOPYML_FEATURE_REMAINING_BOUNDARY);

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

enum qmp_error qmp_permit(struct qmp_loop *loop, const struct precopyml_stats *stats,
                          const struct precopyml_decision *decision, double ms)
{
    if (loop->hold.observe_only) {
        if (!loop->result.decided) { /* the first one counts: there it would have ended */
            keep_decision(loop, stats, decision, ms);
            qmp_tell(loop, "would-permit", ms, "only observing");
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
        qmp_tell(loop, "permit", ms, precopyml_reason_name(decision->reason));
    }
    return error;
}

enum qmp_error qmp_check_permission(struct qmp_loop *loop)
{
    if (loop->hold.state != HOLD_PERMITTED || clock_of(CLOCK_MONOTONIC) < loop->switch_by)
        return QMP_OK;
    return qmp_hold_off(loop, "QEMU made no use of the permission");
}
