/* SPDX-License-Identifier: MIT */
#include "libvirt_options.h"

#include <string.h>

#include "command.h"
#include "option_number.h"

const char libvirt_options_help[] =
    "Usage: precopyml libvirt [--connect URI] --domain NAME | --all [OPTION...]\n"
    "Decides when live migrations of libvirt's guests switch over. Runs beside the source's "
    "libvirt,\n"
    "follows the migration of one domain or of all of them, and steers by the maximum downtime,\n"
    "which has its old value again afterwards (unless this program is killed by SIGKILL).\n\n"
    "  --connect URI         libvirt of the source (default: as virsh chooses it)\n"
    "  --domain NAME         the domain, by name or UUID; ends with its migration\n"
    "  --all                 every domain, whenever one is migrated; ends by a signal\n"
    "  --metrics FILE        keep counts and figures in a text file for Prometheus\n"
    "  --outage S            how long libvirt may be away while a migration runs (60)\n"
    "  --wait S              how long to wait for a migration to begin (300; not with --all)\n"
    "  --hold MS             maximum downtime while deciding, 1 or more (default: a third of\n"
    "                        --downtime-limit or of the domain's own, never above its own)\n"
    "  --poll MS             time between two looks, 10 to 10000 (100)\n"
    "  --switch-timeout S    how long QEMU may take to use its permission (5)\n"
    "  --observe-only        say what would be done and change nothing\n"
    "  --on-hopeless ACTION  none (default), postcopy or cancel\n"
    "  --record TRACE        write a trace of the migration; with --all a folder of traces\n"
    "  --history DIR         add how it came out to a folder, for 'precopyml recalibrate'\n"
    "  --json                JSON lines\n" POLICY_HELP
    "\nOne thing may set a domain's maximum downtime at a time: turn off other tools that raise "
    "it.\n";

enum option_id { CONNECT = 1, DOMAIN, ALL, METRICS, OUTAGE };

static bool take(void *opaque, const char *program, int option, const char *text)
{
    struct libvirt_options *options = opaque;

    switch (option) {
    case CONNECT: options->uri = text; return true;
    case DOMAIN: options->domain = text; return true;
    case ALL: options->all = true; return true;
    case METRICS: options->metrics = text; return true;
    case OUTAGE: return option_number(program, "outage", text, 0, 1e6, &options->outage);
    default: return live_options_take(&options->live, program, option, text);
    }
}

/* Whether the options make sense together. */
static bool check(const struct libvirt_options *options, const char *program)
{
    if (options->all && options->domain != NULL)
        complain(program, "--domain or --all, not both");
    else if (!options->all && options->domain == NULL)
        complain(program, "either --domain NAME or --all is needed");
    else if (options->metrics != NULL && strcmp(options->metrics, "-") == 0)
        complain(program, "--metrics needs a file: standard output takes the decisions");
    else if (options->live.policy.session.throttle_max > 0)
        complain(program, "--throttle-max: libvirt's throttle is set by who starts the migration "
                          "(virsh migrate --auto-converge)");
    else
        return live_options_check(&options->live, program);
    return false;
}

bool libvirt_options_parse(struct libvirt_options *options, int argc, char **argv)
{
    static const struct option table[] = {
        LIVE_LONG_OPTIONS,
        {"connect", required_argument, NULL, CONNECT},
        {"domain", required_argument, NULL, DOMAIN},
        {"all", no_argument, NULL, ALL},
        {"metrics", required_argument, NULL, METRICS},
        {"outage", required_argument, NULL, OUTAGE},
        {NULL, 0, NULL, 0},
    };

    *options = (struct libvirt_options){.live = LIVE_OPTIONS_INIT, .outage = 60};
    return live_options_read(table, argc, argv, take, options, &options->live) &&
           (options->live.help || check(options, argv[0]));
}
