/* SPDX-License-Identifier: MIT */
/*
 * precopyml inside QEMU: decides at every dirty-bitmap sync whether the guest is stopped there.
 *
 * Hangs on QEMU's own pre-copy notifier, which is called in the migration's thread right after each
 * sync and right before QEMU compares what is pending with `threshold_size`, the bytes that its
 * limit lets pass. Writing that field therefore decides at this very sync:
 *
 *     STOP      as many bytes as remain, and what the operator's limit allows for other devices
 *     CONTINUE  0; QEMU works it out afresh within 100 ms
 *     no answer it stays, and the operator's `downtime-limit` is in force: QEMU's own rule
 *
 * While it decides, `downtime-limit` is held low as `precopyml qmp` holds it (docs/qmp.md), so that
 * QEMU sends a round to its end before it syncs. The operator's value is put back at every STOP,
 * failure and end. A value that somebody sets meanwhile is the operator's newest word.
 *
 * Off unless QEMU_PRECOPYML_MODEL is set; docs/qemu.md has all variables. Everything here runs
 * under QEMU's big lock, which the syncs and the main loop's timers hold: one thread at a time.
 */
#include "qemu/osdep.h"

#include "hw/boards.h"
#include "migration/migration.h"
#include "migration/misc.h"
#include "qapi/qapi-commands-migration.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#if __has_include("system/runstate.h") /* QEMU 10.0 */
#include "system/runstate.h"
#include "system/system.h"
#else
#include "sysemu/runstate.h"
#include "sysemu/sysemu.h"
#endif

#include <math.h>

#include "precopyml-settings.h"

#define POLL_MS       100 /* as QEMU's own measurement of the bandwidth */
#define FIRST_POLL_MS 10  /* the first pass of a small guest is short */

struct adapter {
    NotifierWithReturn sync_notifier;
    Notifier machine_notifier;
    struct settings settings;

    /* One migration; NULL between two. */
    precopyml_session *session;
    QEMUTimer *poll;
    bool holding;
    uint64_t operator_ms, held_ms; /* while holding */
    bool stopping;                 /* the last sync with the guest running was a STOP in force */
};

static double seconds(void)
{
    return qemu_clock_get_ns(QEMU_CLOCK_REALTIME) / 1e9; /* CLOCK_MONOTONIC */
}

/* ---- The log: a JSON line a decision -------------------------------------------------------- */

static void put(const struct adapter *adapter, const char *before, const char *format, double value)
{
    char text[64];

    fprintf(adapter->settings.log, "%s%s", before,
            isfinite(value) ? g_ascii_formatd(text, sizeof text, format, value) : "null");
}

static void end_line(const struct adapter *adapter)
{
    fputs("}\n", adapter->settings.log);
    fflush(adapter->settings.log);
}

static void log_begin(const struct adapter *adapter)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    const struct precopyml_session_options *options = &adapter->settings.session;

    if (adapter->settings.log == NULL)
        return;
    precopyml_model_info(adapter->settings.model, PRECOPYML_TARGET_DOWNTIME, &info);
    fprintf(adapter->settings.log, "{\"begins\":{\"model\":\"%016" PRIx64 "\",\"policy\":\"%s\"",
            info.fingerprint, options->policy != NULL ? options->policy : precopyml_policy_name(0));
    put(adapter, ",\"downtime_limit_ms\":", "%.3f",
        options->downtime_limit > 0 ? options->downtime_limit * 1e3 : NAN);
    put(adapter, ",\"confidence\":", "%.6g", options->confidence);
    fprintf(adapter->settings.log, ",\"observe_only\":%s}",
            adapter->settings.observe_only ? "true" : "false");
    put(adapter, ",\"t\":", "%.6f", g_get_real_time() / 1e6);
    end_line(adapter);
}

static void log_decision(const struct adapter *adapter, const MigrationInfo *info, double synced,
                         const struct precopyml_decision *decision, bool in_force)
{
    double decided = seconds();

    if (adapter->settings.log == NULL)
        return;
    fprintf(adapter->settings.log, "{\"verdict\":\"%s\",\"reason\":\"%s\",\"in_force\":%s",
            precopyml_verdict_name(decision->verdict), precopyml_reason_name(decision->reason),
            in_force ? "true" : "false");
    fprintf(adapter->settings.log, ",\"boundary\":%u,\"iteration\":%u", decision->boundary,
            decision->iteration);
    put(adapter, ",\"t\":", "%.6f", g_get_real_time() / 1e6 - (decided - synced));
    put(adapter, ",\"synced\":", "%.6f", synced);
    put(adapter, ",\"decided\":", "%.6f", decided);
    fprintf(adapter->settings.log, ",\"sync_count\":%" PRId64, info->ram->dirty_sync_count);
    fprintf(adapter->settings.log, ",\"remaining\":%" PRId64 ",\"transferred\":%" PRId64,
            info->ram->remaining, info->ram->transferred);
    put(adapter, ",\"predicted_downtime_ms\":", "%.3f", decision->downtime * 1e3);
    put(adapter, ",\"upper_ms\":", "%.3f", decision->downtime_upper * 1e3);
    put(adapter, ",\"doubt\":", "%.6g", decision->doubt);
    put(adapter, ",\"downtime_limit_ms\":", "%.0f",
        migrate_get_current()->parameters.downtime_limit);
    fprintf(adapter->settings.log, ",\"extrapolating\":%s,\"attached_late\":%s",
            decision->flags & PRECOPYML_FLAG_EXTRAPOLATING ? "true" : "false",
            decision->flags & PRECOPYML_FLAG_ATTACHED_LATE ? "true" : "false");
    end_line(adapter);
}

static void log_stopped(const struct adapter *adapter, const MigrationInfo *info)
{
    if (adapter->settings.log == NULL || info->ram == NULL)
        return;
    put(adapter, "{\"stopped\":{\"t\":", "%.6f", g_get_real_time() / 1e6);
    put(adapter, ",\"synced\":", "%.6f", seconds());
    fprintf(adapter->settings.log, ",\"remaining\":%" PRId64 ",\"transferred\":%" PRId64 "}",
            info->ram->remaining, info->ram->transferred);
    end_line(adapter);
}

static void log_end(const struct adapter *adapter)
{
    const MigrationState *state = migrate_get_current();
    bool completed = state->state == MIGRATION_STATUS_COMPLETED;
    const char *who = adapter->stopping ? "\"us\"" : "\"qemu\"";

    if (adapter->settings.log == NULL)
        return;
    fprintf(adapter->settings.log, "{\"result\":{\"status\":\"%s\",\"ended_by\":%s",
            MigrationStatus_str(state->state), completed ? who : "null");
    fprintf(adapter->settings.log, ",\"downtime_limit_ms\":%" PRIu64 "}",
            state->parameters.downtime_limit);
    put(adapter, ",\"t\":", "%.6f", g_get_real_time() / 1e6);
    end_line(adapter);
}

/* ---- Who holds QEMU off --------------------------------------------------------------------- */

static uint64_t hold_ms(const struct adapter *adapter, uint64_t operator_ms)
{
    double limit_ms = adapter->settings.session.downtime_limit * 1e3;
    double ms = adapter->settings.hold;

    if (ms == DEFAULT_HOLD)
        ms = floor((limit_ms > 0 ? limit_ms : operator_ms) / 3);
    return fmax(fmin(ms, operator_ms), 1); /* 0 would let QEMU stop for a sync of any size */
}

static void hold(struct adapter *adapter)
{
    MigrationParameters *parameters = &migrate_get_current()->parameters;

    if (adapter->settings.observe_only || adapter->settings.hold == NO_HOLD ||
        (adapter->holding && parameters->downtime_limit == adapter->held_ms))
        return;
    adapter->operator_ms = parameters->downtime_limit;
    adapter->held_ms = hold_ms(adapter, adapter->operator_ms);
    parameters->downtime_limit = adapter->held_ms;
    adapter->holding = true;
}

static void stand_back(struct adapter *adapter)
{
    MigrationParameters *parameters = &migrate_get_current()->parameters;

    if (adapter->holding && parameters->downtime_limit == adapter->held_ms)
        parameters->downtime_limit = adapter->operator_ms;
    adapter->holding = false;
}

/* ---- What QEMU knows ------------------------------------------------------------------------ */

/* What `query-migrate` would answer now: the same counters in every version of QEMU. */
static MigrationInfo *query(void)
{
    return qmp_query_migrate(NULL);
}

static void set_parameters(struct precopyml_stats *stats, const MigrationParameters *parameters)
{
    precopyml_stats_set(stats, PRECOPYML_STAT_DOWNTIME_LIMIT, parameters->downtime_limit / 1e3);
    precopyml_stats_set(stats, PRECOPYML_STAT_RATE_CAP, parameters->max_bandwidth);
#if QEMU_VERSION_MAJOR >= 9
    precopyml_stats_set(stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH,
                        parameters->avail_switchover_bandwidth);
#endif
    precopyml_stats_set(stats, PRECOPYML_STAT_VCPUS, current_machine->smp.cpus);
}

/* False while there are no counters yet. */
static bool set_counters(struct precopyml_stats *stats, const MigrationInfo *info, double now)
{
    const MigrationStats *ram = info->ram;

    if (ram == NULL)
        return false;
    precopyml_stats_set(stats, PRECOPYML_STAT_TIME, now);
    precopyml_stats_set(stats, PRECOPYML_STAT_ACTIVE, info->status == MIGRATION_STATUS_ACTIVE);
    precopyml_stats_set(stats, PRECOPYML_STAT_ELAPSED, info->total_time / 1e3);
    precopyml_stats_set(stats, PRECOPYML_STAT_MEMORY_TOTAL, ram->total);
    precopyml_stats_set(stats, PRECOPYML_STAT_REMAINING, ram->remaining);
    precopyml_stats_set(stats, PRECOPYML_STAT_TRANSFERRED, ram->transferred);
    precopyml_stats_set(stats, PRECOPYML_STAT_PAGE_SIZE, ram->page_size);
    precopyml_stats_set(stats, PRECOPYML_STAT_ZERO_PAGES, ram->duplicate);
    precopyml_stats_set(stats, PRECOPYML_STAT_NORMAL_PAGES, ram->normal);
    precopyml_stats_set(stats, PRECOPYML_STAT_DIRTY_RATE, ram->dirty_pages_rate);
    precopyml_stats_set(stats, PRECOPYML_STAT_SYNC_COUNT, ram->dirty_sync_count);
    precopyml_stats_set(stats, PRECOPYML_STAT_PAGES_PER_SECOND, ram->pages_per_second);
    precopyml_stats_set(stats, PRECOPYML_STAT_BANDWIDTH, ram->mbps * 1e6 / 8);
    precopyml_stats_set(stats, PRECOPYML_STAT_THROTTLE,
                        info->has_cpu_throttle_percentage ? info->cpu_throttle_percentage : 0);
    if (ram->dirty_sync_count >= 3) /* before that it is the limit itself */
        precopyml_stats_set(stats, PRECOPYML_STAT_EXPECTED_DOWNTIME, info->expected_downtime / 1e3);
    return true;
}

static int observe(struct adapter *adapter, const MigrationInfo *info, double now, bool boundary)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    set_parameters(&stats, &migrate_get_current()->parameters);
    if (boundary)
        precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
    return set_counters(&stats, info, now) ? precopyml_session_observe(adapter->session, &stats)
                                           : 0;
}

/* ---- One migration -------------------------------------------------------------------------- */

static bool may_decide(void)
{
    const MigrationState *state = migrate_get_current();

    return state->state == MIGRATION_STATUS_ACTIVE && runstate_is_running() &&
           !qatomic_read(&state->start_postcopy);
}

/* Between two boundaries the session measures the link. */
static void on_poll(void *opaque)
{
    struct adapter *adapter = opaque;
    int64_t now = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    int64_t pause = FIRST_POLL_MS;

    if (may_decide()) {
        MigrationInfo *info = query();

        observe(adapter, info, seconds(), false);
        qapi_free_MigrationInfo(info);
        pause = POLL_MS;
    }
    timer_mod(adapter->poll, now + pause);
}

static void end(struct adapter *adapter)
{
    if (adapter->session == NULL)
        return;
    stand_back(adapter);
    log_end(adapter);
    timer_free(adapter->poll);
    adapter->poll = NULL;
    precopyml_session_destroy(&adapter->session);
}

/* At the sync before the first pass. A snapshot of a stopped guest is none of our business. */
static void begin(struct adapter *adapter)
{
    end(adapter);
    if (!runstate_is_running())
        return;
    if (precopyml_session_create(adapter->settings.model, &adapter->settings.session,
                                 &adapter->session) != 0) {
        warn_report("precopyml: %s; QEMU's own rule decides", precopyml_error_message());
        return;
    }
    adapter->stopping = false;
    adapter->poll = timer_new_ms(QEMU_CLOCK_REALTIME, on_poll, adapter);
    timer_mod(adapter->poll, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + FIRST_POLL_MS);
    hold(adapter);
    log_begin(adapter);
}

/* Other devices' state is still judged by the operator's limit. */
static void let_pass(struct adapter *adapter, const MigrationInfo *info)
{
    MigrationState *state = migrate_get_current();

    stand_back(adapter);
    double others =
        info->ram->mbps * 125 * state->parameters.downtime_limit; /* Mbit/s is 125 B/ms */
    state->threshold_size = info->ram->remaining + 1 + (others > 0 ? others : 0);
    adapter->stopping = true;
}

/* Does what the decision says; false: it is QEMU's rule that counts at this sync. */
static bool act(struct adapter *adapter, const MigrationInfo *info,
                const struct precopyml_decision *decision, int asked)
{
    if (asked != 0 || decision->reason == PRECOPYML_REASON_BOUND_UNKNOWN) {
        stand_back(adapter); /* no answer; a bound that the model lacks never comes */
        return false;
    }
    if (adapter->settings.observe_only)
        return false;
    if (decision->verdict == PRECOPYML_STOP) {
        let_pass(adapter, info);
        return true;
    }
    hold(adapter);
    if (adapter->settings.hold == NO_HOLD)
        return false;
    migrate_get_current()->threshold_size = 0;
    return true;
}

static void decide(struct adapter *adapter)
{
    double synced = seconds();
    MigrationInfo *info = query();
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    adapter->stopping = false;
    if (observe(adapter, info, synced, true) == 1) {
        int asked = precopyml_should_stop(adapter->session, NULL, &decision);
        bool in_force = act(adapter, info, &decision, asked);

        log_decision(adapter, info, synced, &decision, in_force);
    } else {
        stand_back(adapter);
    }
    qapi_free_MigrationInfo(info);
}

/* The guest has stopped and the last sync is made: the switchover has begun. */
static void note_stopped(const struct adapter *adapter)
{
    MigrationInfo *info = query();

    log_stopped(adapter, info);
    qapi_free_MigrationInfo(info);
}

static void after_sync(struct adapter *adapter)
{
    if (migrate_get_current()->state == MIGRATION_STATUS_SETUP) {
        begin(adapter);
    } else if (adapter->session == NULL) {
        return;
    } else if (may_decide()) {
        decide(adapter);
    } else {
        stand_back(adapter);
        if (runstate_check(RUN_STATE_FINISH_MIGRATE))
            note_stopped(adapter);
        else
            adapter->stopping = false; /* paused by somebody, or post-copy is asked for */
    }
}

static int notified(struct adapter *adapter, const PrecopyNotifyData *data)
{
    switch (data->reason) {
    case PRECOPY_NOTIFY_AFTER_BITMAP_SYNC: after_sync(adapter); break;
    case PRECOPY_NOTIFY_CLEANUP: end(adapter); break;
    default: break;
    }
    return 0; /* never an error: the migration goes on whatever happens here */
}

#if QEMU_VERSION_MAJOR >= 9
static int on_notify(NotifierWithReturn *notifier, void *data, Error **errp)
#else
static int on_notify(NotifierWithReturn *notifier, void *data)
#endif
{
    return notified(container_of(notifier, struct adapter, sync_notifier), data);
}

/* ---- QEMU starts --------------------------------------------------------------------------- */

/* Not before the machine is there: only then is QEMU's list of notifiers. */
static void on_machine_done(Notifier *notifier, void *data)
{
    struct adapter *adapter = container_of(notifier, struct adapter, machine_notifier);

    if (!settings_read(&adapter->settings))
        return;
    adapter->sync_notifier.notify = on_notify;
    precopy_add_notifier(&adapter->sync_notifier);
}

static void precopyml_register(void)
{
    struct adapter *adapter;

    if (!settings_wanted())
        return;
    adapter = g_new0(struct adapter, 1); /* as long as the process */
    adapter->machine_notifier.notify = on_machine_done;
    qemu_add_machine_init_done_notifier(&adapter->machine_notifier);
}

migration_init(precopyml_register);
