/* SPDX-License-Identifier: MIT */
#include "live_options.h"

#include <string.h>

#include "command.h"
#include "option_number.h"
#include "permission.h"

static bool take_hold(struct live_options *options, const char *program, const char *text)
{
    if (!option_number(program, "hold", text, 1, DOWNTIME_LIMIT_MAX_MS, &options->hold_ms))
        return false;
    if (options->hold_ms == (double)(long)options->hold_ms)
        return true;
    complain(program, "--hold is '%s', expected whole milliseconds", text);
    return false;
}

static bool take_action(struct live_options *options, const char *program, const char *text)
{
    static const char *const names[] = {
        [HOPELESS_REPORT] = "none", [HOPELESS_POSTCOPY] = "postcopy", [HOPELESS_CANCEL] = "cancel"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            options->on_hopeless = (enum hopeless_action)i;
            return true;
        }
    }
    complain(program, "--on-hopeless is '%s', expected none, postcopy or cancel", text);
    return false;
}

bool live_options_take(struct live_options *options, const char *program, int option,
                       const char *text)
{
    double poll_ms;

    switch (option) {
    case LIVE_OPTION_RECORD: options->record = text; return true;
    case LIVE_OPTION_HISTORY: options->history = text; return true;
    case LIVE_OPTION_OBSERVE: options->observe_only = true; return true;
    case LIVE_OPTION_JSON: options->json = true; return true;
    case 'h': options->help = true; return true;
    case LIVE_OPTION_HOPELESS: return take_action(options, program, text);
    case LIVE_OPTION_HOLD: return take_hold(options, program, text);
    case LIVE_OPTION_WAIT: return option_number(program, "wait", text, 0, 1e6, &options->wait);
    case LIVE_OPTION_SWITCH:
        return option_number(program, "switch-timeout", text, 0.1, 3600, &options->switch_time);
    case LIVE_OPTION_POLL:
        if (!option_number(program, "poll", text, 10, 10000, &poll_ms))
            return false;
        options->poll = poll_ms / 1e3;
        return true;
    default:
        return policy_options_is(option) &&
               policy_options_take(&options->policy, program, option, text);
    }
}

bool live_options_check(const struct live_options *options, const char *program)
{
    if (options->observe_only && options->history != NULL)
        complain(program, "--history is of what we decided: not with --observe-only");
    else if (options->record != NULL && strcmp(options->record, "-") == 0)
        complain(program, "--record needs a file: standard output has the decisions");
    else
        return policy_options_check(&options->policy, program);
    return false;
}

bool live_options_read(const struct option *table, int argc, char **argv, live_take_fn take,
                       void *options, const struct live_options *live)
{
    int c;

    while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1)
        if (!take(options, argv[0], c, optarg))
            return false;
    if (live->help || optind == argc)
        return true;
    complain(argv[0], "'%s' is one argument too many", argv[optind]);
    return false;
}
