/* SPDX-License-Identifier: MIT */
#include "follower.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "exit_codes.h"
#include "live_run.h"
#include "qmp_limit.h"

/* The pieces of one run, on the thread's stack. */
struct run {
    struct follower *follower;
    struct qmp_source source;
    struct qmp_report report;
    struct trace_recorder recorder;
    struct qmp_loop loop;
};

/* Whether there is a migration at all: the job may be another one, or over again. */
static bool is_migrating(struct run *run)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    json_t *reply = NULL;
    enum qmp_error error = qmp_client_execute(run->loop.client, "query-migrate", NULL, &reply);
    int status = error == QMP_OK ? query_migrate_to_stats(reply, 0, &stats) : MIGRATE_NONE;

    json_decref(reply);
    return status != MIGRATE_NONE && status != MIGRATE_FAILED;
}

static int open_recorder(struct run *run, const char *path)
{
    int code = trace_recorder_open(&run->recorder, run->follower->setting->program, path);

    if (code != EXIT_OK) /* why has been said */
        snprintf(run->report.note, sizeof run->report.note, "%s: cannot be written to", path);
    return code;
}

/* With --all a file of its own in the folder, named after the domain and the time. */
static int open_trace(struct run *run)
{
    const struct follower_setting *setting = run->follower->setting;
    const char *record = setting->options->live.record;
    char *path = NULL;

    if (record == NULL || !setting->options->all)
        return open_recorder(run, record);
    if (asprintf(&path, "%s/%s-%.3f.jsonl", record, run->follower->name, clock_of(CLOCK_REALTIME)) <
        0)
        return EXIT_RUNTIME;
    for (char *c = path + strlen(record) + 1; *c != '\0'; c++)
        if (*c == '/')
            *c = '_';
    int code = open_recorder(run, path);
    free(path);
    return code;
}

static int refuse(struct run *run, int code, const char *why)
{
    qmp_report_note(&run->report, "%s", why);
    return code;
}

static int prepare(struct run *run)
{
    const struct follower_setting *setting = run->follower->setting;
    struct qmp_loop *loop = &run->loop;
    enum qmp_error error = qmp_source_read(loop->client, &run->source);

    if (error != QMP_OK)
        return refuse(run, qmp_exit_code(error), qmp_client_message(loop->client));
    if (isnan(run->source.downtime_limit) && !setting->options->live.observe_only)
        return refuse(run, EXIT_CAPABILITY_MISSING,
                      "libvirt does not say the domain's maximum downtime, so that it could not be "
                      "put back: nothing was changed; --observe-only works");
    int code = open_trace(run);
    if (code != EXIT_OK)
        return code;
    loop->report = &run->report;
    loop->recorder = &run->recorder;
    live_run_set_up(loop, &setting->options->live, &run->source);
    live_run_describe(loop, &run->source, "precopyml libvirt");
    loop->started = true;
    /* A refusal shows again at the first look, where the loop deals with it. */
    (void)qmp_hold_off(loop, "before the first decision");
    return EXIT_OK;
}

static void close_run(struct run *run)
{
    struct follower *follower = run->follower;
    struct qmp_result *result = &run->loop.result;

    follower->exit = qmp_report_close(&run->report, result);
    follower->restored = result->restored;
    metrics_ended(follower->setting->metrics, follower->name, result);
}

/* For who reads the result: nothing was decided, and why. */
static void close_refused(struct run *run, int code)
{
    struct qmp_result *result = &run->loop.result;

    qmp_result_init(result);
    result->exit = code;
    snprintf(result->message, sizeof result->message, "%s", run->report.note);
    close_run(run);
}

static void follow(struct run *run)
{
    const struct follower_setting *setting = run->follower->setting;
    const struct live_options *live = &setting->options->live;
    struct qmp_loop *loop = &run->loop;

    run->follower->followed = true;
    metrics_began(setting->metrics);
    int code = prepare(run);
    if (code != EXIT_OK) {
        close_refused(run, code);
        return;
    }
    qmp_client_interrupt_on(loop->client, setting->interrupt);
    qmp_loop_run(loop);
    loop->result.downtime_source = "libvirt";
    if (loop->result.exit != EXIT_OK)
        qmp_report_note(&run->report, "%s", loop->result.message);
    live_run_write_down(loop, live, setting->model);
    close_run(run);
}

static void *run_thread(void *opaque)
{
    struct run run = {.follower = opaque};
    struct follower *follower = opaque;
    const struct follower_setting *setting = follower->setting;
    const struct live_options *live = &setting->options->live;

    qmp_report_open(&run.report, setting->program, live->json,
                    live->policy.session.downtime_limit * 1e3);
    run.report.domain = follower->name;
    run.report.metrics = setting->metrics;
    run.report.live = run.report.live && !setting->options->all;
    if (precopyml_session_create(setting->model, &live->policy.session, &run.loop.session) != 0 ||
        qmp_client_wrap(&follower->monitor.transport, &run.loop.client) != QMP_OK)
        follower->exit = refuse(&run, EXIT_RUNTIME, "out of memory");
    else if (is_migrating(&run))
        follow(&run);
    if (run.recorder.open)
        output_discard(&run.recorder.output);
    qmp_client_close(&run.loop.client);
    qmp_source_free(&run.source);
    precopyml_session_destroy(&run.loop.session);
    atomic_store(&follower->finished, true);
    return NULL;
}

struct follower *follower_start(const struct follower_setting *setting, const char *name,
                                const unsigned char *uuid)
{
    struct follower *follower = calloc(1, sizeof *follower);

    if (follower == NULL)
        return NULL;
    follower->setting = setting;
    follower->restored = true;
    follower->name = strdup(name);
    if (follower->name != NULL && domain_monitor_init(&follower->monitor, setting->link, uuid,
                                                      setting->options->outage) == 0) {
        if (pthread_create(&follower->thread, NULL, run_thread, follower) == 0)
            return follower;
        domain_monitor_free(&follower->monitor);
    }
    free(follower->name);
    free(follower);
    return NULL;
}

void follower_join(struct follower *follower)
{
    pthread_join(follower->thread, NULL);
    domain_monitor_free(&follower->monitor);
    free(follower->name);
    free(follower);
}
