/* SPDX-License-Identifier: MIT */
#include "live_run.h"

#include <math.h>
#include <stdio.h>

#include "clock.h"
#include "counter.h"
#include "exit_codes.h"
#include "history.h"
#include "permission.h"

void live_run_set_up(struct qmp_loop *loop, const struct live_options *options,
                     const struct qmp_source *source)
{
    double limit_ms = options->policy.session.downtime_limit * 1e3;
    double operator_ms = source->downtime_limit;
    double hold_ms =
        options->hold_ms > 0 ? options->hold_ms : hold_default_ms(limit_ms, operator_ms);

    loop->known = source->known;
    loop->poll = options->poll;
    loop->wait = options->wait;
    loop->switch_time = options->switch_time;
    loop->clock_offset = clock_of(CLOCK_REALTIME) - clock_of(CLOCK_MONOTONIC);
    loop->on_hopeless = options->on_hopeless;
    loop->wishes = &options->policy.session;
    auto_converge_init(&loop->throttle,
                       options->policy.session.throttle_max > 0 && !options->observe_only
                           ? source->parameters
                           : NULL);
    hold_init(&loop->hold, loop->client, operator_ms, hold_ms, options->observe_only);
}

void live_run_describe(struct qmp_loop *loop, const struct qmp_source *source,
                       const char *recorded_by)
{
    const struct hold *hold = &loop->hold;

    trace_recorder_meta(loop->recorder,
                        &(struct trace_meta){
                            .recorded_by = recorded_by,
                            .qemu_version = qmp_client_qemu_version(loop->client),
                            .operator_limit_ms = hold->operator_ms,
                            .limit_ms = hold->observe_only ? hold->operator_ms : hold->hold_ms,
                            .vcpus = counter(&source->known, PRECOPYML_STAT_VCPUS),
                            .capabilities = source->capabilities,
                        });
    trace_recorder_parameters(loop->recorder, clock_of(CLOCK_REALTIME), source->parameters);
}

static void write_stop_down(struct qmp_loop *loop, const struct live_options *options,
                            const precopyml_model *model)
{
    struct qmp_result *result = &loop->result;

    stop_record_fill(&result->stop, &result->decision, &options->policy.session, model);
    result->stop.t = result->decided_t;
    result->stop.sync_count = result->decided_syncs;
    result->stop.throttled = result->throttled;
    if (result->ended_by != NULL)
        trace_recorder_outcome(loop->recorder,
                               &(struct trace_outcome){
                                   .downtime_ms = result->downtime_ms,
                                   .source = result->downtime_source,
                                   .ended_by = result->ended_by,
                                   .stop = isfinite(result->decided_t) ? &result->stop : NULL,
                               });
}

/* What a later calibration needs; that of a guest which QEMU stopped is that it did. */
static int add_to_history(const struct qmp_loop *loop, const struct live_options *options)
{
    const struct qmp_result *result = &loop->result;
    struct precopyml_outcome outcome = PRECOPYML_OUTCOME_INIT;
    struct finished finished;
    bool scored =
        result->decided && precopyml_session_outcome(loop->session, result->downtime_ms / 1e3,
                                                     &result->decision, &outcome) == 0;

    if (options->history == NULL || result->ended_by == NULL)
        return EXIT_OK;
    finished_read(&finished, NULL);
    finished.time = clock_of(CLOCK_REALTIME);
    finished.downtime = result->downtime_ms / 1e3;
    if (isfinite(finished.downtime))
        snprintf(finished.source, sizeof finished.source, "%s", result->downtime_source);
    snprintf(finished.ended_by, sizeof finished.ended_by, "%s", result->ended_by);
    if (result->decided)
        finished.stop = result->stop;
    return history_add(loop->report->program, options->history, &finished,
                       scored ? &outcome : NULL);
}

void live_run_write_down(struct qmp_loop *loop, const struct live_options *options,
                         const precopyml_model *model)
{
    struct qmp_result *result = &loop->result;

    write_stop_down(loop, options, model);
    if (!loop->begun)
        return; /* there is nothing in the trace */
    int written = trace_recorder_close(loop->recorder);
    int added = add_to_history(loop, options);
    if (result->exit == EXIT_OK)
        result->exit = written != EXIT_OK ? written : added;
}
