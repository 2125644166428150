/* SPDX-License-Identifier: MIT */
/* precopyml qmp: decides a live migration through QEMU's monitor. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "exit_codes.h"
#include "history.h"
#include "qmp_decide.h"
#include "qmp_options.h"
#include "qmp_prepare.h"
#include "qmp_throttle.h"

/* A monitor greets at once or is busy. */
#define GREETING_PATIENCE 3.0

struct run {
    struct qmp_options options;
    precopyml_model *model;
    struct qmp_source source;
    struct qmp_report report;
    struct trace_recorder recorder;
    struct qmp_loop loop;
    bool events_changed, throttling_changed;
    int signals;
    sigset_t old_mask;
};

/* What is ignored, as under nohup, stays so: a blocked signal would reach us all the same. */
static void add_unless_ignored(sigset_t *mask, int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        sigaddset(mask, number);
}

/* From here on a signal ends the run in order; a closed pipe is an error like any other. */
static int catch_signals(struct run *run)
{
    sigset_t mask;

    sigemptyset(&mask);
    add_unless_ignored(&mask, SIGINT);
    add_unless_ignored(&mask, SIGTERM);
    add_unless_ignored(&mask, SIGHUP);
    add_unless_ignored(&mask, SIGQUIT);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &mask, &run->old_mask);
    run->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (run->signals < 0) {
        qmp_report_note(&run->report, "cannot watch for signals");
        return EXIT_RUNTIME;
    }
    qmp_client_interrupt_on(run->loop.client, run->signals);
    return EXIT_OK;
}

static void let_signals_go(struct run *run)
{
    struct signalfd_siginfo taken;

    if (run->signals < 0)
        return;
    /* One that was not taken would strike now and take the exit code's place. */
    while (read(run->signals, &taken, sizeof taken) > 0)
        ;
    close(run->signals);
    sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
}

static int check_monitor(struct run *run, enum qmp_error error)
{
    if (error != QMP_OK)
        qmp_report_note(&run->report, "%s", qmp_client_message(run->loop.client));
    return qmp_exit_code(error);
}

static int connect_monitor(struct run *run)
{
    double patience = fmin(GREETING_PATIENCE, run->options.patience);
    int code =
        check_monitor(run, qmp_client_open(run->options.socket, patience, &run->loop.client));

    if (code != EXIT_OK)
        return code;
    qmp_client_set_patience(run->loop.client, run->options.patience);
    code = check_monitor(run, qmp_source_read(run->loop.client, &run->source));
    if (code != EXIT_OK)
        return code;
    return qmp_prepare_check(&run->report, &run->options, run->loop.client, &run->source);
}

static void describe_run(struct run *run)
{
    const struct hold *hold = &run->loop.hold;
    struct precopyml_stats *known = &run->source.known;
    bool counted = known->known >> PRECOPYML_STAT_VCPUS & 1;

    trace_recorder_meta(&run->recorder,
                        &(struct trace_meta){
                            .qemu_version = qmp_client_qemu_version(run->loop.client),
                            .operator_limit_ms = hold->operator_ms,
                            .limit_ms = hold->observe_only ? hold->operator_ms : hold->hold_ms,
                            .vcpus = counted ? known->value[PRECOPYML_STAT_VCPUS] : (double)NAN,
                            .capabilities = run->source.capabilities,
                        });
    trace_recorder_parameters(&run->recorder, clock_of(CLOCK_REALTIME), run->source.parameters);
}

static void set_up_loop(struct run *run)
{
    const struct qmp_options *options = &run->options;
    struct qmp_loop *loop = &run->loop;
    double limit_ms = options->policy.session.downtime_limit * 1e3;
    double operator_ms = run->source.downtime_limit;
    double hold_ms =
        options->hold_ms > 0 ? options->hold_ms : hold_default_ms(limit_ms, operator_ms);

    loop->path = options->socket;
    loop->report = &run->report;
    loop->recorder = &run->recorder;
    loop->known = run->source.known;
    loop->poll = options->poll;
    loop->wait = options->wait;
    loop->patience = options->patience;
    loop->switch_time = options->switch_time;
    loop->clock_offset = clock_of(CLOCK_REALTIME) - clock_of(CLOCK_MONOTONIC);
    loop->on_hopeless = options->on_hopeless;
    auto_converge_init(&loop->throttle,
                       options->policy.session.throttle_max > 0 && !options->observe_only
                           ? run->source.parameters
                           : NULL);
    hold_init(&loop->hold, loop->client, operator_ms, hold_ms, options->observe_only);
}

static enum qmp_error prepare_throttle(struct run *run)
{
    enum qmp_error error = QMP_OK;

    if (run->options.start != NULL)
        error = qmp_prepare_throttle(run->loop.client, &run->source, &run->throttling_changed);
    return error == QMP_OK ? qmp_throttle_prepare(&run->loop) : error;
}

/* QEMU is held off before a migration begins: an idle guest's is over in a moment. */
static int begin(struct run *run)
{
    struct qmp_loop *loop = &run->loop;
    int code = EXIT_OK;

    describe_run(run);
    if (run->options.observe_only)
        return EXIT_OK;
    qmp_prepare_events(loop->client, &run->source, &run->events_changed);
    code = check_monitor(run, qmp_hold_off(loop, "before the first decision"));
    if (code == EXIT_OK && run->options.policy.session.throttle_max > 0)
        code = check_monitor(run, prepare_throttle(run));
    if (code == EXIT_OK && run->options.start != NULL) {
        code = qmp_prepare_start(&run->report, &run->options, loop->client);
        loop->started = code == EXIT_OK;
    }
    if (code != EXIT_OK) {
        qmp_client_interrupt_on(loop->client, -1);
        if (qmp_stand_back(loop, "nothing was started") != QMP_OK)
            qmp_report_note(&run->report,
                            "QEMU has not confirmed that its downtime-limit is %g ms again: see to "
                            "it",
                            loop->hold.operator_ms);
    }
    return code;
}

/* For who reads the result: nothing was followed, and why. */
static int report_refusal(struct run *run, int code)
{
    struct qmp_result result;

    if (!run->options.json)
        return code;
    qmp_result_init(&result);
    result.exit = code;
    result.restored = run->loop.hold.client == NULL || hold_is_released(&run->loop.hold);
    snprintf(result.message, sizeof result.message, "%s", run->report.note);
    return qmp_report_close(&run->report, &result);
}

static void write_stop_down(struct run *run)
{
    struct qmp_result *result = &run->loop.result;

    stop_record_fill(&result->stop, &result->decision, &run->options.policy.session, run->model);
    result->stop.t = result->decided_t;
    result->stop.sync_count = result->decided_syncs;
    result->stop.throttled = result->throttled;
    if (result->ended_by != NULL)
        trace_recorder_outcome(&run->recorder,
                               &(struct trace_outcome){
                                   .downtime_ms = result->downtime_ms,
                                   .ended_by = result->ended_by,
                                   .stop = isfinite(result->decided_t) ? &result->stop : NULL,
                               });
}

/* What a later calibration needs; that of a guest which QEMU stopped is that it did. */
static int add_to_history(struct run *run)
{
    const struct qmp_result *result = &run->loop.result;
    struct precopyml_outcome outcome = PRECOPYML_OUTCOME_INIT;
    struct finished finished;
    bool scored =
        result->decided && precopyml_session_outcome(run->loop.session, result->downtime_ms / 1e3,
                                                     &result->decision, &outcome) == 0;

    if (run->options.history == NULL || result->ended_by == NULL)
        return EXIT_OK;
    finished_read(&finished, NULL);
    finished.time = clock_of(CLOCK_REALTIME);
    finished.downtime = result->downtime_ms / 1e3;
    if (isfinite(finished.downtime))
        snprintf(finished.source, sizeof finished.source, "qemu");
    snprintf(finished.ended_by, sizeof finished.ended_by, "%s", result->ended_by);
    if (result->decided)
        finished.stop = result->stop;
    return history_add(run->report.program, run->options.history, &finished,
                       scored ? &outcome : NULL);
}

/* Follows the migration; what it came to is in the result. */
static int follow(struct run *run)
{
    struct qmp_loop *loop = &run->loop;
    struct qmp_result *result = &loop->result;

    qmp_loop_run(loop);
    if (result->exit != EXIT_OK)
        qmp_report_note(&run->report, "%s", result->message);
    write_stop_down(run);
    if (loop->begun) { /* else there is nothing in the trace */
        int written = trace_recorder_close(&run->recorder), added = add_to_history(run);

        if (result->exit == EXIT_OK)
            result->exit = written != EXIT_OK ? written : added;
    }
    return qmp_report_close(&run->report, result);
}

static int run_all(struct run *run, const char *program)
{
    const struct policy_options *policy = &run->options.policy;
    int code = policy_options_load_model(policy, program, &run->model);

    if (code != EXIT_OK)
        return code;
    if (precopyml_session_create(run->model, &policy->session, &run->loop.session) != 0) {
        complain(program, "%s", precopyml_error_message());
        return EXIT_USAGE;
    }
    qmp_report_open(&run->report, program, run->options.json, policy->session.downtime_limit * 1e3);
    code = connect_monitor(run);
    if (code == EXIT_OK)
        code = trace_recorder_open(&run->recorder, program, run->options.record);
    if (code == EXIT_OK && run->options.history != NULL)
        code = history_prepare(program, run->options.history);
    if (code == EXIT_OK)
        code = catch_signals(run);
    if (code == EXIT_OK) {
        set_up_loop(run);
        code = begin(run);
    }
    code = code == EXIT_OK ? follow(run) : report_refusal(run, code);
    /* QEMU refuses this while the migration runs on; no harm done. */
    if (run->events_changed && code != EXIT_STALLED && run->loop.client != NULL)
        (void)qmp_set_capability(run->loop.client, "events", false);
    if (run->throttling_changed && code != EXIT_STALLED && run->loop.client != NULL)
        (void)qmp_set_capability(run->loop.client, "auto-converge", false);
    return code;
}

int command_qmp(int argc, char **argv)
{
    struct run run = {.signals = -1};

    if (!qmp_options_parse(&run.options, argc, argv))
        return usage_error(argv[0]);
    if (run.options.help)
        return show_help(qmp_options_help);
    int code = run_all(&run, argv[0]);
    if (run.recorder.open)
        output_discard(&run.recorder.output);
    qmp_client_close(&run.loop.client);
    qmp_source_free(&run.source);
    precopyml_session_destroy(&run.loop.session);
    precopyml_model_unref(&run.model);
    let_signals_go(&run);
    return code;
}
