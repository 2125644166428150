/* SPDX-License-Identifier: MIT */
#include "qmp_loop.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "counter.h"
#include "exit_codes.h"
#include "qmp_decide.h"
#include "qmp_limit.h"
#include "qmp_throttle.h"

/* Boundaries of a nearly idle guest can come every few milliseconds; looking costs 0.1 ms. */
#define LOOK_SPACING 0.02

#define DOWNTIME_LOOKS 20
#define DOWNTIME_PAUSE 0.05

#define RELEASE_PATIENCE 5.0
#define SWITCHOVER_TIME  30.0 /* beyond this we do not wait for a switchover only to clean up */

__attribute__((format(printf, 3, 4))) static void end(struct qmp_loop *loop, int code,
                                                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(loop->result.message, sizeof loop->result.message, format, arguments);
    va_end(arguments);
    loop->result.exit = code;
    loop->over = true;
}

int qmp_exit_code(enum qmp_error error)
{
    switch (error) {
    case QMP_OK: return EXIT_OK;
    case QMP_NO_SOCKET: return EXIT_NO_SOCKET;
    case QMP_REFUSED: return EXIT_REFUSED;
    case QMP_NOT_MONITOR: return EXIT_NOT_A_MONITOR;
    case QMP_BUSY: return EXIT_BUSY;
    case QMP_GONE: return EXIT_MONITOR_GONE;
    case QMP_STALLED: return EXIT_STALLED;
    case QMP_REJECTED: return EXIT_REJECTED;
    case QMP_INTERRUPTED: return EXIT_INTERRUPTED;
    case QMP_NO_MEMORY: break;
    }
    return EXIT_RUNTIME;
}

/* ---- Events --------------------------------------------------------------------------------- */

/*
 * QEMU answers a permission with one more sync and stops right after it. Nothing is decided there,
 * and what is asked now is answered only when the guest runs again.
 */
static bool answers_permission(const struct qmp_loop *loop, const json_t *data)
{
    double pass = json_number_value(json_object_get(data, "pass"));

    return loop->hold.state == HOLD_PERMITTED && pass <= loop->result.decided_syncs + 1;
}

static void on_event(void *opaque, const char *name, double t, json_t *data)
{
    bool look = true;

    struct qmp_loop *loop = opaque;
    const char *status = json_string_value(json_object_get(data, "status"));

    if (strcmp(name, "STOP") == 0) {
        loop->stopped = true;
        loop->stopped_permitted = loop->hold.state == HOLD_PERMITTED;
    } else if (strcmp(name, "RESUME") == 0) {
        loop->stopped = loop->paused = false;
    } else if (strcmp(name, "SHUTDOWN") == 0) {
        loop->guest_gone = true;
    } else if (strcmp(name, "MIGRATION") == 0) {
        loop->completed = status != NULL && strcmp(status, "completed") == 0;
    } else if (strcmp(name, "MIGRATION_PASS") == 0) {
        precopyml_stats_set(&loop->known, PRECOPYML_STAT_SYNC_TIME, t);
        look = !answers_permission(loop, data);
    } else {
        return; /* none of our business */
    }
    loop->look_now |= look;
    trace_recorder_event(loop->recorder, t, name, data);
}

/* ---- The end of the migration --------------------------------------------------------------- */

static const char *who_ended(const struct qmp_loop *loop)
{
    if (loop->postcopy)
        return "postcopy";
    if (loop->paused)
        return "operator";
    /* A guest that did not run was not stopped. */
    bool ours = loop->stopped ? loop->stopped_permitted : loop->hold.state == HOLD_PERMITTED;
    return ours ? "us" : "qemu";
}

static void complete(struct qmp_loop *loop)
{
    if (loop->over)
        return; /* asked again for the downtime */
    loop->result.ended_by = who_ended(loop);
    end(loop, EXIT_OK, "migrated; ended by %s", loop->result.ended_by);
}

static void end_failed(struct qmp_loop *loop, const json_t *reply)
{
    const char *why = json_string_value(json_object_get(reply, "error-desc"));

    end(loop, EXIT_MIGRATION_FAILED, "the migration failed%s: %s; %s",
        loop->postcopy ? " in post-copy" : "", why != NULL ? why : "QEMU does not say why",
        loop->postcopy ? "neither side has all of the guest's memory: see to both"
                       : "the guest runs on at the source");
}

static void end_cancelled(struct qmp_loop *loop)
{
    if (loop->gave_up && loop->on_hopeless == HOPELESS_CANCEL)
        end(loop, EXIT_HOPELESS, "hopeless, cancelled as told; the guest runs on at the source");
    else
        end(loop, EXIT_MIGRATION_CANCELLED,
            "somebody cancelled the migration; the guest runs on at the source");
}

/* What a later answer leaves out stays as it was. */
static void keep_totals(struct qmp_loop *loop, const json_t *reply,
                        const struct precopyml_stats *stats)
{
    struct qmp_result *result = &loop->result;
    double total = query_migrate_total_time(reply) * 1e3;
    double downtime = query_migrate_downtime(reply) * 1e3;
    double bytes = counter(stats, PRECOPYML_STAT_TRANSFERRED);
    double syncs = counter(stats, PRECOPYML_STAT_SYNC_COUNT);

    if (!isnan(total))
        result->total_ms = total;
    if (!isnan(downtime))
        result->downtime_ms = downtime;
    if (!isnan(bytes))
        result->bytes = bytes;
    if (isnan(syncs))
        return;
    if (!(loop->first_sync <= syncs)) /* unknown so far, or counted afresh */
        loop->first_sync = syncs;
    bool late = (loop->report->latest.flags & PRECOPYML_FLAG_ATTACHED_LATE) != 0;
    result->iterations = late ? syncs : syncs - loop->first_sync + 1;
}

/* ---- Looking -------------------------------------------------------------------------------- */

/* Whether this is the migration we follow, not none and not one from before our time. */
static bool has_begun(const struct qmp_loop *loop, enum migrate_status status)
{
    switch (status) {
    case MIGRATE_NONE: return false;
    case MIGRATE_COMPLETED:
    case MIGRATE_CANCELLED:
    case MIGRATE_FAILED: return loop->started || status != loop->before;
    default: return true;
    }
}

static void wait_for_begin(struct qmp_loop *loop, enum migrate_status status)
{
    if (loop->guest_gone)
        end(loop, EXIT_GUEST_GONE, "the guest was shut down before a migration began");
    else if (clock_of(CLOCK_MONOTONIC) >= loop->wait_until)
        end(loop, EXIT_NO_MIGRATION,
            "no migration began within %g s%s; start one, use --start URI, or wait longer (--wait)",
            loop->wait,
            status == MIGRATE_FAILED      ? " (an earlier one failed)"
            : status == MIGRATE_CANCELLED ? " (an earlier one was cancelled)"
                                          : "");
}

/*
 * "active" although the guest has stopped: either somebody paused it, or QEMU has sent the rest and
 * is about to say "completed".
 */
static enum qmp_error check_paused(struct qmp_loop *loop)
{
    json_t *reply = NULL;

    if (!loop->stopped)
        return QMP_OK;
    enum qmp_error error = qmp_client_execute(loop->client, "query-status", NULL, &reply);
    const char *status = json_string_value(json_object_get(reply, "status"));
    loop->paused = loop->stopped && status != NULL && strcmp(status, "paused") == 0;
    json_decref(reply);
    return error;
}

static enum qmp_error handle(struct qmp_loop *loop, const json_t *reply, enum migrate_status status,
                             const struct precopyml_stats *stats)
{
    enum qmp_error error = QMP_OK;

    switch (status) {
    case MIGRATE_SETUP:
    case MIGRATE_ACTIVE:
        error = check_paused(loop);
        if (error == QMP_OK && (!loop->stopped || loop->paused))
            error = qmp_decide(loop, stats);
        qmp_report_live(loop->report, stats);
        break;
    case MIGRATE_POSTCOPY:
        loop->postcopy = true;
        error = qmp_stand_back(loop, "post-copy has begun");
        break;
    case MIGRATE_COMPLETED: complete(loop); break;
    case MIGRATE_FAILED: end_failed(loop, reply); break;
    case MIGRATE_CANCELLED: end_cancelled(loop); break;
    case MIGRATE_OTHER: error = qmp_stand_back(loop, "an unknown status"); break;
    default: break; /* on its way: the guest is stopped, or the migration is being cancelled */
    }
    if (loop->guest_gone && !loop->over)
        end(loop, EXIT_GUEST_GONE, "the guest was shut down while the migration ran");
    return error;
}

static enum qmp_error look(struct qmp_loop *loop)
{
    struct precopyml_stats stats = loop->known;
    json_t *reply = NULL;

    loop->look_now = false;
    loop->last_look = clock_of(CLOCK_MONOTONIC);
    enum qmp_error error = qmp_client_execute(loop->client, "query-migrate", NULL, &reply);
    if (error != QMP_OK)
        return error;
    double answered = clock_of(CLOCK_MONOTONIC);
    double t = loop->clock_offset + answered;
    loop->report->answer_ms = 1e3 * (answered - loop->last_look);
    precopyml_stats_set(&stats, PRECOPYML_STAT_DOWNTIME_LIMIT, loop->hold.steady_ms / 1e3);
    enum migrate_status status = query_migrate_to_stats(reply, t, &stats);
    const char *name = json_string_value(json_object_get(reply, "status"));
    snprintf(loop->status, sizeof loop->status, "%s", name != NULL ? name : "none");
    loop->begun = loop->begun || has_begun(loop, status);
    if (loop->begun) {
        trace_recorder_sample(loop->recorder, t, reply);
        keep_totals(loop, reply, &stats);
        qmp_throttle_note(loop, &stats);
        error = handle(loop, reply, status, &stats);
    } else {
        wait_for_begin(loop, status);
    }
    json_decref(reply);
    return error;
}

static enum qmp_error wait_for_news(struct qmp_loop *loop)
{
    enum qmp_error error = QMP_OK;
    double left;

    do {
        left = loop->last_look + (loop->look_now ? LOOK_SPACING : loop->poll) -
               clock_of(CLOCK_MONOTONIC);
        if (left > 0)
            error = qmp_client_receive(loop->client, left);
    } while (left > 0 && error == QMP_OK);
    return error;
}

/* ---- The end of the run --------------------------------------------------------------------- */

static void end_by_error(struct qmp_loop *loop, enum qmp_error error)
{
    const char *what = qmp_client_message(loop->client);
    const char *during = loop->stopped ? "; the guest is stopped for the switchover" : "";

    if (error == QMP_INTERRUPTED)
        end(loop, EXIT_INTERRUPTED, "interrupted%s",
            loop->begun ? "; the migration goes on under QEMU's own rule" : "");
    else if (error == QMP_GONE && loop->completed)
        complete(loop);
    else if (error == QMP_GONE && loop->guest_gone)
        end(loop, EXIT_GUEST_GONE, "the guest was shut down and QEMU is gone%s", during);
    else if (error == QMP_GONE && loop->stopped)
        end(loop, EXIT_MONITOR_GONE,
            "%s while the guest was stopped for the switchover; ask the destination whether it "
            "arrived",
            what);
    else
        end(loop, qmp_exit_code(error), "%s%s%s", what,
            loop->begun ? "; the migration may go on" : "", during);
}

/* QEMU may answer "completed" before it has worked out the downtime. */
static void ask_for_downtime(struct qmp_loop *loop)
{
    for (int i = 0; i < DOWNTIME_LOOKS && isnan(loop->result.downtime_ms); i++) {
        if (qmp_client_receive(loop->client, DOWNTIME_PAUSE) != QMP_OK || look(loop) != QMP_OK)
            return; /* it is migrated all the same */
    }
}

static bool is_lost(const struct qmp_loop *loop, enum qmp_error error)
{
    return loop->path != NULL && (error == QMP_GONE || error == QMP_NOT_MONITOR);
}

static enum qmp_error connect_again(struct qmp_loop *loop)
{
    qmp_client_close(&loop->client);
    enum qmp_error error =
        qmp_client_open(loop->path, fmin(loop->patience, RELEASE_PATIENCE), &loop->client);
    loop->hold.client = loop->client;
    return error;
}

static enum qmp_error stand_back_at_last(struct qmp_loop *loop)
{
    /* While it switches over, QEMU answers only afterwards. */
    qmp_client_set_patience(loop->client, fmin(loop->patience, RELEASE_PATIENCE) +
                                              fmin(loop->hold.in_force_ms / 1e3, SWITCHOVER_TIME));
    return qmp_stand_back(loop, "the run ends");
}

bool qmp_loop_give_back(struct qmp_loop *loop, enum qmp_error error)
{
    qmp_client_interrupt_on(loop->client, -1);
    if (!is_lost(loop, error) && !qmp_has_stood_back(loop))
        error = stand_back_at_last(loop);
    if (is_lost(loop, error)) {
        error = connect_again(loop); /* for what else is to be put back, too */
        if (error == QMP_REFUSED || error == QMP_NO_SOCKET)
            return true; /* QEMU is no more */
        if (error == QMP_OK && !qmp_has_stood_back(loop))
            (void)stand_back_at_last(loop);
    }
    return qmp_has_stood_back(loop);
}

void qmp_loop_tell_unrestored(const struct qmp_loop *loop, char *message, size_t size)
{
    size_t length = strlen(message);

    snprintf(message + length, size - length,
             ". QEMU has not confirmed that its downtime-limit is %g ms again%s: see to it",
             loop->hold.operator_ms,
             loop->throttle.changed ? " and its throttle parameters are the operator's" : "");
}

void qmp_loop_run(struct qmp_loop *loop)
{
    struct qmp_result *result = &loop->result;
    enum qmp_error error = QMP_OK;

    loop->wait_until = clock_of(CLOCK_MONOTONIC) + loop->wait;
    loop->begun = loop->started;
    loop->first_sync = NAN;
    qmp_result_init(result);
    result->status = loop->status;
    result->observed_only = loop->hold.observe_only;
    result->operator_ms = loop->hold.operator_ms;
    result->hold_ms = loop->hold.hold_ms;
    qmp_client_on_event(loop->client, on_event, loop);
    while (!loop->over && error == QMP_OK) {
        error = look(loop);
        if (!loop->over && error == QMP_OK)
            error = wait_for_news(loop);
    }
    if (!loop->over)
        end_by_error(loop, error);
    else if (result->ended_by != NULL)
        ask_for_downtime(loop);
    result->restored = qmp_loop_give_back(loop, error);
    result->operator_ms = loop->hold.operator_ms;
    if (result->restored)
        return;
    qmp_loop_tell_unrestored(loop, result->message, sizeof result->message);
    if (result->exit == EXIT_OK || result->exit == EXIT_INTERRUPTED)
        result->exit = EXIT_NOT_RESTORED;
}
