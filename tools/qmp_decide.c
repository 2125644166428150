/* SPDX-License-Identifier: MIT */
#include "qmp_decide.h"

#include <errno.h>
#include <math.h>

#include "counter.h"
#include "qmp_limit.h"
#include "qmp_round.h"
#include "qmp_throttle.h"

/* For so long, s, it may not be told what remains. */
#define VAGUE_TIME 1.0

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
    qmp_tell(loop, cancel ? "cancel" : "postcopy", loop->hold.in_force_ms, "hopeless");
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

static void note_told(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    if (loop->told_t == 0 || counter(stats, PRECOPYML_STAT_ACTIVE) != 1 ||
        !isnan(counter(stats, PRECOPYML_STAT_REMAINING)))
        loop->told_t = counter(stats, PRECOPYML_STAT_TIME);
}

/*
 * Without what remains there are no boundaries, and nobody else lets the migration end. Right after
 * its start it may not be known yet.
 */
static bool is_vague(const struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    return counter(stats, PRECOPYML_STAT_TIME) - loop->told_t > VAGUE_TIME;
}

/* ---- Deciding ------------------------------------------------------------------------------- */

enum qmp_error qmp_decide(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    recent_bandwidth_add(&loop->recent, counter(stats, PRECOPYML_STAT_TIME),
                         counter(stats, PRECOPYML_STAT_BANDWIDTH));
    note_told(loop, stats);
    int seen = precopyml_session_observe(loop->session, stats);
    if (loop->gave_up)
        return QMP_OK;
    if (seen < 0)
        return qmp_stand_back(loop, "the counters make no sense");
    if (is_vague(loop, stats))
        return qmp_stand_back(loop, "QEMU does not tell what remains");
    if (seen == 0)
        return qmp_round_look(loop, stats);
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
    if (qmp_round_takes(loop, stats, &decision))
        return qmp_round_begin(loop, stats, &decision, is_recheck(loop, stats));
    switch (decision.verdict) {
    case PRECOPYML_STOP:
        return qmp_permit(loop, stats, &decision, qmp_permission(loop, stats, &decision));
    case PRECOPYML_HOPELESS: return give_up(loop);
    default:
        if (is_recheck(loop, stats))
            return qmp_check_permission(loop);
        return qmp_hold_off(loop, precopyml_reason_name(decision.reason));
    }
}
