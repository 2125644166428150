/* SPDX-License-Identifier: MIT */
#include "qmp_options.h"

#include <string.h>

#include "command.h"
#include "number.h"

const char qmp_options_help[] =
    "Usage: precopyml qmp --socket PATH [OPTION...]\n"
    "Decides when a live migration of QEMU switches over. Follows the one that runs, waits for "
    "one,\n"
    "or starts it; then asks the policy at every boundary and steers QEMU by its downtime-limit,\n"
    "which has its old value again afterwards (unless this program is killed by SIGKILL).\n\n"
    "  --socket PATH         a QMP monitor of the source that no other client uses\n"
    "  --start URI           start the migration to URI, after some checks\n"
    "  --wait S              how long to wait for a migration to begin (300)\n"
    "  --hold MS             downtime-limit while deciding, 1 or more (default: a third of\n"
    "                        --downtime-limit or of QEMU's own, and never above QEMU's own)\n"
    "  --poll MS             time between two looks, 10 to 10000 (100)\n"
    "  --switch-timeout S    how long QEMU may take to use its permission (5)\n"
    "  --monitor-timeout S   how long the monitor may take to answer (10)\n"
    "  --observe-only        say what would be done and change nothing\n"
    "  --on-hopeless ACTION  none (default), postcopy or cancel\n"
    "  --record TRACE        write a trace of the migration\n"
    "  --history DIR         add how it came out to a folder, for 'precopyml recalibrate'\n"
    "  --json                JSON lines\n" POLICY_HELP
    "\nOne thing may set QEMU's downtime-limit at a time: turn off other tools that raise it.\n";

enum option_id {
    SOCKET = 1,
    START,
    WAIT,
    HOLD,
    POLL,
    SWITCH,
    TIMEOUT,
    OBSERVE,
    HOPELESS,
    RECORD,
    HISTORY,
    JSON
};

static bool take_number(const char *program, const char *name, const char *text, double low,
                        double high, double *value)
{
    if (number_parse(text, value) && *value >= low && *value <= high)
        return true;
    complain(program, "--%s is '%s', expected a number from %g to %.7g", name, text, low, high);
    return false;
}

static bool take_hold(struct qmp_options *options, const char *program, const char *text)
{
    if (!take_number(program, "hold", text, 1, DOWNTIME_LIMIT_MAX_MS, &options->hold_ms))
        return false;
    if (options->hold_ms == (double)(long)options->hold_ms)
        return true;
    complain(program, "--hold is '%s', expected whole milliseconds", text);
    return false;
}

static bool take_action(struct qmp_options *options, const char *program, const char *text)
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

static bool take(struct qmp_options *options, const char *program, int option, const char *text)
{
    double poll_ms;

    switch (option) {
    case SOCKET: options->socket = text; return true;
    case START: options->start = text; return true;
    case RECORD: options->record = text; return true;
    case HISTORY: options->history = text; return true;
    case OBSERVE: options->observe_only = true; return true;
    case JSON: options->json = true; return true;
    case 'h': options->help = true; return true;
    case HOPELESS: return take_action(options, program, text);
    case HOLD: return take_hold(options, program, text);
    case WAIT: return take_number(program, "wait", text, 0, 1e6, &options->wait);
    case SWITCH:
        return take_number(program, "switch-timeout", text, 0.1, 3600, &options->switch_time);
    case TIMEOUT:
        return take_number(program, "monitor-timeout", text, 0.1, 3600, &options->patience);
    case POLL:
        if (!take_number(program, "poll", text, 10, 10000, &poll_ms))
            return false;
        options->poll = poll_ms / 1e3;
        return true;
    default:
        return policy_options_is(option) &&
               policy_options_take(&options->policy, program, option, text);
    }
}

/* Whether the options make sense together. */
static bool check(const struct qmp_options *options, const char *program)
{
    if (options->socket == NULL)
        complain(program, "--socket is needed");
    else if (options->observe_only && options->start != NULL)
        complain(program, "--observe-only changes nothing and --start does: choose one");
    else if (options->observe_only && options->history != NULL)
        complain(program, "--history is of what we decided: not with --observe-only");
    else if (options->record != NULL && strcmp(options->record, "-") == 0)
        complain(program, "--record needs a file: standard output has the decisions");
    else
        return policy_options_check(&options->policy, program);
    return false;
}

bool qmp_options_parse(struct qmp_options *options, int argc, char **argv)
{
    static const struct option table[] = {
        POLICY_LONG_OPTIONS,
        {"socket", required_argument, NULL, SOCKET},
        {"start", required_argument, NULL, START},
        {"wait", required_argument, NULL, WAIT},
        {"hold", required_argument, NULL, HOLD},
        {"poll", required_argument, NULL, POLL},
        {"switch-timeout", required_argument, NULL, SWITCH},
        {"monitor-timeout", required_argument, NULL, TIMEOUT},
        {"observe-only", no_argument, NULL, OBSERVE},
        {"on-hopeless", required_argument, NULL, HOPELESS},
        {"record", required_argument, NULL, RECORD},
        {"history", required_argument, NULL, HISTORY},
        {"json", no_argument, NULL, JSON},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    *options = (struct qmp_options){
        .policy = POLICY_OPTIONS_INIT, .poll = 0.1, .wait = 300, .patience = 10, .switch_time = 5};
    while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1)
        if (!take(options, argv[0], c, optarg))
            return false;
    if (options->help)
        return true;
    if (optind < argc) {
        complain(argv[0], "'%s' is one argument too many", argv[optind]);
        return false;
    }
    return check(options, argv[0]);
}
