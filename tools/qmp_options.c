/* SPDX-License-Identifier: MIT */
#include "qmp_options.h"

#include "command.h"
#include "option_number.h"

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

enum option_id { SOCKET = 1, START, TIMEOUT };

static bool take(void *opaque, const char *program, int option, const char *text)
{
    struct qmp_options *options = opaque;

    switch (option) {
    case SOCKET: options->socket = text; return true;
    case START: options->start = text; return true;
    case TIMEOUT:
        return option_number(program, "monitor-timeout", text, 0.1, 3600, &options->patience);
    default: return live_options_take(&options->live, program, option, text);
    }
}

/* Whether the options make sense together. */
static bool check(const struct qmp_options *options, const char *program)
{
    if (options->socket == NULL)
        complain(program, "--socket is needed");
    else if (options->live.observe_only && options->start != NULL)
        complain(program, "--observe-only changes nothing and --start does: choose one");
    else
        return live_options_check(&options->live, program);
    return false;
}

bool qmp_options_parse(struct qmp_options *options, int argc, char **argv)
{
    static const struct option table[] = {
        LIVE_LONG_OPTIONS,
        {"socket", required_argument, NULL, SOCKET},
        {"start", required_argument, NULL, START},
        {"monitor-timeout", required_argument, NULL, TIMEOUT},
        {NULL, 0, NULL, 0},
    };

    *options = (struct qmp_options){.live = LIVE_OPTIONS_INIT, .patience = 10};
    return live_options_read(table, argc, argv, take, options, &options->live) &&
           (options->live.help || check(options, argv[0]));
}
