/* SPDX-License-Identifier: MIT */
#include "qemu/osdep.h"

#include "qemu/error-report.h"

#include "precopyml-settings.h"

static bool take_number(const char *text, double least, double most, double *value)
{
    char *rest;

    *value = g_ascii_strtod(text, &rest);
    return rest != text && *rest == '\0' && *value >= least && *value <= most; /* no NaN either */
}

static bool take_time(const char *text, double unit, double *value)
{
    bool good = take_number(text, 0, 1e12, value);

    *value *= unit;
    return good;
}

static bool take_switch(const char *text, bool *value)
{
    *value = strcmp(text, "on") == 0;
    return *value || strcmp(text, "off") == 0;
}

static bool take_option(struct settings *settings, const char *name, const char *value)
{
    struct precopyml_session_options *session = &settings->session;
    bool on;

    if (strcmp(name, "policy") == 0) {
        session->policy = g_strdup(value); /* as long as the process */
        return true;
    }
    if (strcmp(name, "kappa") == 0)
        return take_number(value, 0, 1e9, &session->kappa);
    if (strcmp(name, "downtime-limit") == 0)
        return take_time(value, 1e-3, &session->downtime_limit);
    if (strcmp(name, "hard-max") == 0)
        return take_time(value, 1e-3, &session->hard_max);
    if (strcmp(name, "deadline") == 0)
        return take_time(value, 1, &session->deadline);
    if (strcmp(name, "confidence") == 0)
        return take_number(value, 0, 1, &session->confidence);
    if (strcmp(name, "hold") == 0)
        return take_number(value, 0, 2e6, &settings->hold);
    if (strcmp(name, "observe-only") == 0)
        return take_switch(value, &settings->observe_only);
    if (strcmp(name, "stop-when-met") == 0 && take_switch(value, &on)) {
        session->stop_when_met = on;
        return true;
    }
    return false;
}

static bool take_options(struct settings *settings, const char *text)
{
    char **words = g_strsplit(text, ",", -1);
    bool good = true;

    for (char **word = words; good && *word != NULL; word++) {
        char *value = strchr(*word, '=');

        if (value != NULL)
            *value++ = '\0';
        good = value != NULL && take_option(settings, *word, value);
        if (!good)
            warn_report("precopyml: QEMU_PRECOPYML_OPTIONS: '%s' is no option or has no such "
                        "value; QEMU's own rule decides",
                        *word);
    }
    g_strfreev(words);
    return good;
}

static bool load(struct settings *settings, const char *model)
{
    bool builtin = strcmp(model, "builtin") == 0;
    int error = builtin ? precopyml_model_builtin(&settings->model)
                        : precopyml_model_load_path(model, &settings->model);

    if (error != 0)
        warn_report("precopyml: QEMU_PRECOPYML_MODEL: %s; QEMU's own rule decides",
                    precopyml_error_message());
    return error == 0;
}

/* Options that make no sense together are told now, not when a guest is to move. */
static bool try_session(struct settings *settings)
{
    precopyml_session *session = NULL;
    int error = precopyml_session_create(settings->model, &settings->session, &session);

    if (error != 0)
        warn_report("precopyml: QEMU_PRECOPYML_OPTIONS: %s; QEMU's own rule decides",
                    precopyml_error_message());
    precopyml_session_destroy(&session);
    return error == 0;
}

/*
 * A log that cannot be written is no reason not to decide; nor to wait, with the guest, for whoever
 * reads a pipe.
 */
static void open_log(struct settings *settings, const char *path)
{
    if (path == NULL || *path == '\0')
        return;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    settings->log = fd >= 0 ? fdopen(fd, "a") : NULL;
    if (settings->log != NULL)
        return;
    warn_report("precopyml: QEMU_PRECOPYML_LOG: %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

bool settings_wanted(void)
{
    const char *model = getenv("QEMU_PRECOPYML_MODEL");

    return model != NULL && *model != '\0';
}

bool settings_read(struct settings *settings)
{
    const char *options = getenv("QEMU_PRECOPYML_OPTIONS");

    *settings = (struct settings){.session = PRECOPYML_SESSION_OPTIONS_INIT, .hold = DEFAULT_HOLD};
    settings->session.confidence = 0.9;
    if (!load(settings, getenv("QEMU_PRECOPYML_MODEL")) ||
        (options != NULL && *options != '\0' && !take_options(settings, options)) ||
        !try_session(settings)) {
        precopyml_model_unref(&settings->model);
        return false;
    }
    open_log(settings, getenv("QEMU_PRECOPYML_LOG"));
    return true;
}
