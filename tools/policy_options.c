/* SPDX-License-Identifier: MIT */
#include "policy_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "exit_codes.h"
#include "model_file.h"
#include "number.h"

static const double per_second = 1e3; /* milliseconds */

/* A number in [low, high], or above low where low itself makes no sense. */
struct range {
    double low, high;
    bool open;
    const char *text;
};

static const struct range positive = {0, 1e9, true, "a number above 0, 1e9 at most"};
static const struct range not_negative = {0, 1e9, false, "a number from 0 to 1e9"};
static const struct range percentage = {0, 99, false, "a percentage from 0 to 99"};
static const struct range probability = {0, 1 - 1e-9, true, "a number between 0 and 1"};

static bool take_number(const char *program, const char *name, const char *text,
                        const struct range *range, double divisor, double *value)
{
    double number;

    if (number_parse(text, &number) && number <= range->high &&
        (range->open ? number > range->low : number >= range->low)) {
        *value = number / divisor;
        return true;
    }
    complain(program, "--%s is '%s', expected %s", name, text, range->text);
    return false;
}

static bool take_limit(struct policy_options *options, const char *program, const char *text)
{
    if (strcmp(text, "paper") == 0) {
        options->session.downtime_limit = PRECOPYML_PAPER_DOWNTIME_LIMIT;
        return true;
    }
    return take_number(program, "downtime-limit", text, &positive, per_second,
                       &options->session.downtime_limit);
}

static bool take_policy(struct policy_options *options, const char *program, const char *text)
{
    const char *name;

    for (size_t i = 0; (name = precopyml_policy_name(i)) != NULL; i++) {
        if (strcmp(text, name) == 0) {
            options->session.policy = name;
            return true;
        }
    }
    complain(program, "no policy '%s'; 'precopyml predictors' lists them", text);
    return false;
}

bool policy_options_take(struct policy_options *options, const char *program, int option,
                         const char *argument)
{
    struct precopyml_session_options *session = &options->session;

    switch (option) {
    case POLICY_OPTION_MODEL: options->model_path = argument; return true;
    case POLICY_OPTION_POLICY: return take_policy(options, program, argument);
    case POLICY_OPTION_KAPPA:
        return take_number(program, "kappa", argument, &not_negative, 1, &session->kappa);
    case POLICY_OPTION_SIGMA:
        return take_number(program, "sigma", argument, &not_negative, 1, &session->sigma);
    case POLICY_OPTION_DOWNTIME_LIMIT: return take_limit(options, program, argument);
    case POLICY_OPTION_STOP_WHEN_MET: session->stop_when_met = 1; return true;
    case POLICY_OPTION_HARD_MAX:
        return take_number(program, "hard-max", argument, &positive, per_second,
                           &session->hard_max);
    case POLICY_OPTION_DEADLINE:
        return take_number(program, "deadline", argument, &positive, 1, &session->deadline);
    case POLICY_OPTION_CONFIDENCE:
        return take_number(program, "confidence", argument, &probability, 1, &session->confidence);
    case POLICY_OPTION_THROTTLE_MAX:
        return take_number(program, "throttle-max", argument, &percentage, 1,
                           &session->throttle_max);
    default: return false;
    }
}

bool policy_options_check(const struct policy_options *options, const char *program)
{
    const struct precopyml_session_options *session = &options->session;
    const char *policy = session->policy != NULL ? session->policy : "optimal";
    bool limited = session->downtime_limit > 0;

    if (!limited && strcmp(policy, "optimal") != 0) {
        complain(program, "--policy %s needs --downtime-limit", policy);
        return false;
    }
    if (!limited && session->stop_when_met) {
        complain(program, "--stop-when-met needs --downtime-limit");
        return false;
    }
    if (!limited && session->throttle_max > 0 && !(session->hard_max > 0)) {
        complain(program, "--throttle-max needs --downtime-limit or --hard-max");
        return false;
    }
    if (session->hard_max > 0 && session->downtime_limit > session->hard_max) {
        complain(program, "--downtime-limit is above --hard-max");
        return false;
    }
    return true;
}

/* The default.model in the folder of the running program, to be freed; NULL when there is none. */
static char *model_beside_program(void)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash, *path;

    if (length <= 0)
        return NULL;
    self[length] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    if (asprintf(&path, "%s/default.model", self) < 0)
        return NULL;
    if (access(path, F_OK) == 0)
        return path;
    free(path);
    return NULL;
}

int policy_options_load_model(const struct policy_options *options, const char *program,
                              precopyml_model **model)
{
    static const char installed[] = PRECOPYML_DATADIR "/default.model";
    const char *path = getenv("PRECOPYML_MODEL");
    char *beside;
    int code;

    *model = NULL;
    if (options->model_path != NULL) /* though it be empty: a variable that was not set */
        return model_file_load(program, options->model_path, model);
    if (path != NULL && *path != '\0')
        return model_file_load(program, path, model);
    beside = model_beside_program();
    if (beside != NULL || access(installed, F_OK) == 0) {
        code = model_file_load(program, beside != NULL ? beside : installed, model);
        free(beside);
        return code;
    }
    complain(program, "no model file found; forecasting by physics alone");
    if (precopyml_model_builtin(model) == 0)
        return EXIT_OK;
    complain(program, "%s", precopyml_error_message());
    return EXIT_RUNTIME;
}
