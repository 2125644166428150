/* SPDX-License-Identifier: MIT */
/* precopyml qmp: decides a live migration through QEMU's monitor. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "exit_codes.h"
#include "history.h"
#include "live_run.h"
#include "qmp_limit.h"
#include "qmp_options.h"
#include "qmp_prepare.h"
#include "qmp_throttle.h"
#include "signals.h"

/* A monitor greets at once or is busy. */
#define GREETING_PATIENCE 3.0

struct run {
    struct qmp_options options;
    precopyml_model *model;
    struct qmp_source source;
    struct qmp_report report;
    struct trace_recorder recorder;
    struct qmp_loop loop;
    bool events_changed, throttling_changed, unrestored;
    struct signals signals;
};

/* s; of a model that was read, it cannot fail. */
static double overhead_of(const precopyml_model *model)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;

    (void)precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    return info.overhead;
}

/* From here on a signal ends the run in order. */
static int catch_signals(struct run *run)
{
    if (!signals_catch(&run->signals)) {
        qmp_report_note(&run->report, "cannot watch for signals");
        return EXIT_RUNTIME;
    }
    qmp_client_interrupt_on(run->loop.client, run->signals.fd);
    return EXIT_OK;
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
    return qmp_prepare_check(&run->report, &run->options, run->loop.client, &run->source,
                             &run->loop.before);
}

static enum qmp_error prepare_throttle(struct run *run)
{
    enum qmp_error error = QMP_OK;

    if (run->options.start != NULL)
        error = qmp_prepare_throttle(run->loop.client, &run->source, &run->throttling_changed);
    return error == QMP_OK ? qmp_throttle_prepare(&run->loop) : error;
}

/* Once more where the connection breaks at it. */
static enum qmp_error turn_off(struct run *run, const char *capability)
{
    struct qmp_loop *loop = &run->loop;
    enum qmp_error error = QMP_NO_MEMORY;

    if (loop->client != NULL)
        error = qmp_set_capability(loop->client, capability, false);
    if (error != QMP_GONE && error != QMP_NOT_MONITOR)
        return error;
    (void)qmp_loop_give_back(loop, error); /* connects again */
    return loop->client != NULL ? qmp_set_capability(loop->client, capability, false) : error;
}

/*
 * QEMU refuses while the migration runs on: of events no harm comes, of throttling the message
 * tells. A monitor that has just not answered is not asked again.
 */
static void put_capabilities_back(struct run *run, int code, char message[QMP_MESSAGE])
{
    enum qmp_error error = QMP_OK;
    size_t length = strlen(message);

    if (run->unrestored && code == EXIT_STALLED)
        return;
    if (run->events_changed)
        (void)turn_off(run, "events");
    if (run->throttling_changed)
        error = turn_off(run, "auto-converge");
    if (error == QMP_REJECTED || error == QMP_STALLED)
        snprintf(message + length, QMP_MESSAGE - length,
                 ". QEMU's capability auto-converge is still on: turn it off after the migration");
}

/* What has been changed is changed back, and why is told. */
static int refuse(struct run *run, enum qmp_error error, bool may_have_begun)
{
    char why[QMP_MESSAGE];

    snprintf(why, sizeof why, "%s%s", qmp_client_message(run->loop.client),
             may_have_begun ? "; the migration may have begun: it goes on under QEMU's own rule"
                            : "");
    run->unrestored = !qmp_loop_give_back(&run->loop, error);
    if (run->unrestored)
        qmp_loop_tell_unrestored(&run->loop, why, sizeof why);
    put_capabilities_back(run, qmp_exit_code(error), why);
    qmp_report_note(&run->report, "%s", why);
    return qmp_exit_code(error);
}

/* QEMU is held off before a migration begins: an idle guest's is over in a moment. */
static int begin(struct run *run)
{
    struct qmp_loop *loop = &run->loop;
    const char *uri = run->options.start;

    live_run_describe(loop, &run->source, "precopyml qmp");
    if (run->options.live.observe_only)
        return EXIT_OK;
    qmp_prepare_events(loop->client, &run->source, &run->events_changed);
    enum qmp_error error = qmp_hold_off(loop, "before the first decision");
    if (error == QMP_OK && run->options.live.policy.session.throttle_max > 0)
        error = prepare_throttle(run);
    if (error != QMP_OK)
        return refuse(run, error, false);
    if (uri == NULL)
        return EXIT_OK;
    error = qmp_prepare_start(loop->client, uri);
    loop->started = error == QMP_OK;
    return loop->started ? EXIT_OK : refuse(run, error, error != QMP_REJECTED);
}

/* The places for what is to be written, before a migration depends on them. */
static int prepare_places(struct run *run, const char *program)
{
    const struct live_options *live = &run->options.live;
    const char *place = live->record;
    int code = trace_recorder_open(&run->recorder, program, place);

    if (code == EXIT_OK && live->history != NULL) {
        place = live->history;
        code = history_prepare(program, place);
    }
    if (code != EXIT_OK) /* why has been said */
        snprintf(run->report.note, sizeof run->report.note, "%s: cannot be written to", place);
    return code;
}

/* For who reads the result: nothing was followed, and why. */
static int report_refusal(struct run *run, int code)
{
    struct qmp_result result;

    if (!run->options.live.json)
        return code;
    qmp_result_init(&result);
    result.exit = code;
    result.restored = !run->unrestored;
    snprintf(result.message, sizeof result.message, "%s", run->report.note);
    return qmp_report_close(&run->report, &result);
}

/* Follows the migration; what it came to is in the result. */
static int follow(struct run *run)
{
    struct qmp_loop *loop = &run->loop;
    struct qmp_result *result = &loop->result;

    qmp_loop_run(loop);
    run->unrestored = !result->restored;
    put_capabilities_back(run, result->exit, result->message);
    if (result->exit != EXIT_OK)
        qmp_report_note(&run->report, "%s", result->message);
    live_run_write_down(loop, &run->options.live, run->model);
    return qmp_report_close(&run->report, result);
}

static int run_all(struct run *run, const char *program)
{
    const struct policy_options *policy = &run->options.live.policy;
    int code = policy_options_load_model(policy, program, &run->model);

    if (code != EXIT_OK)
        return code;
    if (precopyml_session_create(run->model, &policy->session, &run->loop.session) != 0) {
        complain(program, "%s", precopyml_error_message());
        return EXIT_USAGE;
    }
    qmp_report_open(&run->report, program, run->options.live.json,
                    policy->session.downtime_limit * 1e3);
    code = connect_monitor(run);
    if (code == EXIT_OK)
        code = prepare_places(run, program);
    if (code == EXIT_OK)
        code = catch_signals(run);
    if (code == EXIT_OK) {
        run->loop.path = run->options.socket;
        run->loop.patience = run->options.patience;
        run->loop.overhead = overhead_of(run->model);
        run->loop.report = &run->report;
        run->loop.recorder = &run->recorder;
        live_run_set_up(&run->loop, &run->options.live, &run->source);
        code = begin(run);
    }
    return code == EXIT_OK ? follow(run) : report_refusal(run, code);
}

int command_qmp(int argc, char **argv)
{
    struct run run = {.signals = SIGNALS_INIT};

    if (!qmp_options_parse(&run.options, argc, argv))
        return usage_error(argv[0]);
    if (run.options.live.help)
        return show_help(qmp_options_help);
    int code = run_all(&run, argv[0]);
    if (run.recorder.open)
        output_discard(&run.recorder.output);
    qmp_client_close(&run.loop.client);
    qmp_source_free(&run.source);
    precopyml_session_destroy(&run.loop.session);
    precopyml_model_unref(&run.model);
    signals_let_go(&run.signals);
    return code;
}
