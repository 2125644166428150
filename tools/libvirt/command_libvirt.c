/* SPDX-License-Identifier: MIT */
/* precopyml libvirt: decides live migrations beside libvirt. */
#include "command.h"

#include <jansson.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <sys/stat.h>

#include "exit_codes.h"
#include "history.h"
#include "watch.h"

/* Everything that goes wrong is told by us, in our words. */
static void say_nothing(void *opaque, virErrorPtr error)
{
    (void)opaque;
    (void)error;
}

/* The places for what is to be written, before a migration depends on them. */
static int prepare_places(const struct libvirt_options *options, const char *program)
{
    const struct live_options *live = &options->live;

    if (live->history != NULL && history_prepare(program, live->history) != EXIT_OK)
        return EXIT_OUTPUT;
    /* A folder of traces is one like a history's: made here, and tried. */
    if (live->record != NULL && options->all)
        return history_prepare(program, live->record);
    return EXIT_OK;
}

static int check_policy(const struct follower_setting *setting)
{
    precopyml_session *session = NULL;

    if (precopyml_session_create(setting->model, &setting->options->live.policy.session,
                                 &session) != 0) {
        complain(setting->program, "%s", precopyml_error_message());
        return EXIT_USAGE;
    }
    precopyml_session_destroy(&session);
    return EXIT_OK;
}

/* For who reads the result: nothing was followed, and why. */
static int report_refusal(const struct watch *watch, int code, const char *why)
{
    const struct follower_setting *setting = &watch->setting;
    struct qmp_report report;
    struct qmp_result result;

    if (code == EXIT_OK)
        return code;
    qmp_report_open(&report, setting->program, setting->options->live.json, 0);
    qmp_report_note(&report, "%s", why);
    if (!setting->options->live.json)
        return code;
    qmp_result_init(&result);
    result.exit = code;
    snprintf(result.message, sizeof result.message, "%s", why);
    return qmp_report_close(&report, &result);
}

static int connect_and_run(struct watch *watch)
{
    char why[512];

    virSetErrorFunc(NULL, say_nothing);
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
        return report_refusal(watch, EXIT_RUNTIME, "libvirt's library cannot be used");
    int code = libvirt_link_open(watch->link, why, sizeof why);
    if (code != EXIT_OK)
        return report_refusal(watch, code, why);
    code = watch_run(watch);
    return watch->reported ? code : report_refusal(watch, code, watch->message);
}

static int run_all(struct watch *watch)
{
    struct follower_setting *setting = &watch->setting;
    const struct libvirt_options *options = setting->options;
    int code = policy_options_load_model(&options->live.policy, setting->program, &setting->model);

    if (code == EXIT_OK)
        code = check_policy(setting);
    if (code == EXIT_OK)
        code = prepare_places(options, setting->program);
    if (code != EXIT_OK)
        return code;
    if (options->metrics != NULL) {
        setting->metrics = metrics_create(setting->program, options->metrics);
        code = setting->metrics == NULL ? EXIT_RUNTIME : metrics_write(setting->metrics);
    }
    if (code == EXIT_OK && !signals_catch(watch->signals))
        code = EXIT_RUNTIME;
    setting->interrupt = watch->signals->fd;
    return code == EXIT_OK ? connect_and_run(watch) : code;
}

int command_libvirt(int argc, char **argv)
{
    struct signals signals = SIGNALS_INIT;
    struct libvirt_options options;
    struct libvirt_link link;

    if (!libvirt_options_parse(&options, argc, argv))
        return usage_error(argv[0]);
    if (options.live.help)
        return show_help(libvirt_options_help);
    json_object_seed(0); /* before there are threads that would race for it */
    libvirt_link_init(&link, options.uri);
    struct watch watch = {
        .setting = {.program = argv[0], .options = &options, .link = &link, .interrupt = -1},
        .link = &link,
        .signals = &signals,
    };
    int code = run_all(&watch);
    libvirt_link_free(&link);
    metrics_destroy(watch.setting.metrics);
    precopyml_model_unref(&watch.setting.model);
    signals_let_go(&signals);
    return code;
}
