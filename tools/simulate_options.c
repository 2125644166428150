/* SPDX-License-Identifier: MIT */
#include "simulate_options.h"

#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "exit_codes.h"
#include "number.h"
#include "option_number.h"
#include "quantity.h"
#include "workload.h"

const char simulate_options_help[] =
    "Usage: precopyml simulate --workload NAME [OPTION...] -o FILE\n"
    "Simulates pre-copy migrations and writes them as traces that every command reads. Simulated\n"
    "figures are for asking questions and for tests; they never stand in for measured ones.\n"
    "The same seed gives the same traces, however many jobs. docs/simulator.md has the model.\n\n"
    "  -o, --output FILE       where to; with --runs above 1 '%d' in FILE becomes the number of\n"
    "                          the run, with zeros before it; '-' is standard output (one run)\n"
    "  --json                  a line of figures for each run on standard output; no -o needed\n"
    "  --outcomes FILE         a table instead, CSV, a line a run: total time, downtime, bytes,\n"
    "                          iterations; the quickest; no -o needed; '-' is standard output\n"
    "  --runs N                1 to 1000000 (1)\n"
    "  --seed N                (1)\n"
    "  --jobs N                threads (1)\n\n"
    "The guest\n"
    "  --workload 'NAME ...'   see below; may be given up to 8 times, they run side by side\n"
    "  --ram SIZE              '512M', '4G' (1G, or as the shape has it)\n"
    "  --used SIZE             memory that is not zeros (what workload and kernel take)\n"
    "  --fake-dirty SHARE      of the pages found dirty hold what was sent already (0)\n"
    "  --variation SHARE       sizes, rates and times differ by this much between runs (0.1)\n"
    "  --expected              the expected number of dirty pages instead of a random one\n\n"
    "The link and the sender\n"
    "  --link RATE             of the line: '1Gbit' (default), '600mbit', '75M' bytes/s;\n"
    "                          'LOW:HIGH': another rate about once a second; 'vary': 75M:125M\n"
    "  --drop FROM:UNTIL:SHARE only this share of it between two moments, in seconds\n"
    "  --rate-cap RATE         QEMU's max-bandwidth; lifted at switchover (none)\n"
    "  --limit MS              QEMU's downtime-limit (300; with --stop-at 10, --unstopped 1)\n"
    "  --auto-converge         throttle the guest as QEMU does\n"
    "  --overhead MS           median of what a switchover takes beside its bytes (34)\n"
    "  --overhead-sigma X      of its logarithm; 0: always the median (0.28)\n"
    "  --tail SHARE            of the switchovers take far longer (0.02)\n"
    "  --tail-median MS        that these take (500)\n\n"
    "Who ends the migration: QEMU's own rule, or\n"
    "  --stop-at N             a stop forced at boundary N; 'LOW:HIGH': at one drawn between the\n"
    "                          two, mostly an early one\n"
    "  --unstopped S           a stop forced after S seconds\n"
    "  --give-up S             cancelled after S seconds (300)\n"
    "  --poll MS               between two samples; every boundary has its own (100)\n";

enum { WORKLOADS = 8, NUMBER_BASE = 0x3000 };

/* Numbers that go into the scenario as they are, but for a unit. */
static const struct number_option {
    const char *name;
    size_t offset;
    double unit;
} numbers[] = {
    {"fake-dirty", offsetof(struct scenario, guest.fake_share), 1},
    {"variation", offsetof(struct scenario, guest.variation), 1},
    {"overhead", offsetof(struct scenario, overhead.median), 1e-3},
    {"overhead-sigma", offsetof(struct scenario, overhead.sigma), 1},
    {"tail", offsetof(struct scenario, overhead.tail_share), 1},
    {"tail-median", offsetof(struct scenario, overhead.tail_median), 1e-3},
    {"limit", offsetof(struct scenario, sender.limit), 1e-3},
    {"unstopped", offsetof(struct scenario, control.unstopped), 1},
    {"give-up", offsetof(struct scenario, control.give_up), 1},
    {"poll", offsetof(struct scenario, control.poll), 1e-3},
};

enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static const char size_text[] = "a size, as 512M or 4G";

/* What can only be applied when everything has been read. */
struct reader {
    struct simulate_options *options;
    const char *program;
    const char *workload[WORKLOADS];
    size_t workloads;
    const char *drop;
    double ram, used; /* bytes; 0: not given */
    bool limit_given;
};

static bool wrong(const struct reader *reader, const char *option, const char *text,
                  const char *expected)
{
    complain(reader->program, "--%s is '%s', expected %s", option, text, expected);
    return false;
}

/* Numbers between colons, each read by `parse`; how many, or 0. */
static size_t read_list(const char *text, bool (*parse)(const char *, double *), double *values,
                        size_t room)
{
    char copy[128], *rest = copy, *part;
    size_t count = 0;

    if (strlen(text) >= sizeof(copy))
        return 0;
    strcpy(copy, text);
    while ((part = strsep(&rest, ":")) != NULL) {
        if (count == room || !parse(part, &values[count]))
            return 0;
        count++;
    }
    return count;
}

static bool read_link(struct reader *reader, const char *text)
{
    struct link_model *link = &reader->options->scenario.link;
    double values[2];
    size_t count =
        read_list(strcmp(text, "vary") == 0 ? "75M:125M" : text, quantity_rate, values, 2);

    if (count == 0)
        return wrong(reader, "link", text, "a rate (1Gbit, 600mbit, 75M), two with ':', or vary");
    link->low = values[0];
    link->high = values[count - 1];
    reader->options->link = text;
    return true;
}

static bool read_stop(struct reader *reader, const char *text)
{
    struct control *control = &reader->options->scenario.control;
    double values[2];
    size_t count = read_list(text, number_parse, values, 2);

    if (count == 0 || !(values[0] >= 1) || !(values[0] <= values[count - 1]) ||
        values[0] != floor(values[0]) || values[count - 1] != floor(values[count - 1]))
        return wrong(reader, "stop-at", text,
                     "a boundary from 1, or the first and last to draw from");
    control->stop_least = values[0];
    control->stop_most = values[count - 1];
    return true;
}

static bool read_number(struct reader *reader, const struct number_option *option, const char *text)
{
    double value;

    if (!number_parse(text, &value))
        return wrong(reader, option->name, text, "a number");
    value *= option->unit;
    memcpy((char *)&reader->options->scenario + option->offset, &value, sizeof(value));
    reader->limit_given |= strcmp(option->name, "limit") == 0;
    return true;
}

static bool keep_workload(struct reader *reader, const char *text)
{
    if (reader->workloads == WORKLOADS) {
        complain(reader->program, "more than %d workloads", WORKLOADS);
        return false;
    }
    reader->workload[reader->workloads++] = text;
    return true;
}

static bool take(struct reader *reader, int option, const char *text)
{
    struct simulate_options *options = reader->options;
    double value;

    if (option >= NUMBER_BASE)
        return read_number(reader, &numbers[option - NUMBER_BASE], text);
    switch (option) {
    case 'o': options->path = text; return true;
    case 'O': options->outcomes = text; return true;
    case 'J': options->json = true; return true;
    case 'E': options->scenario.guest.expected = true; return true;
    case 'A': options->scenario.sender.throttle.enabled = true; return true;
    case 'w': return keep_workload(reader, text);
    case 'l': return read_link(reader, text);
    case 'd': reader->drop = text; return true;
    case 'b': return read_stop(reader, text);
    case 'm':
        return (quantity_bytes(text, &reader->ram) && reader->ram > 0) ||
               wrong(reader, "ram", text, size_text);
    case 'u':
        return (quantity_bytes(text, &reader->used) && reader->used > 0) ||
               wrong(reader, "used", text, size_text);
    case 'c':
        return quantity_rate(text, &options->scenario.sender.cap) ||
               wrong(reader, "rate-cap", text, "a rate, as 80M bytes/s or 600mbit");
    case 'n':
        if (!option_whole(reader->program, "runs", text, 1, 1e6, &value))
            return false;
        options->runs = (uint32_t)value;
        return true;
    case 's':
        if (!option_whole(reader->program, "seed", text, 0, 0x1p53, &value))
            return false;
        options->seed = (uint64_t)value;
        return true;
    default: /* 'j' */
        if (!option_whole(reader->program, "jobs", text, 1, 256, &value))
            return false;
        options->jobs = (unsigned)value;
        return true;
    }
}

static bool apply_drop(struct reader *reader)
{
    struct link_model *link = &reader->options->scenario.link;
    double values[3];

    if (reader->drop == NULL)
        return true;
    if (read_list(reader->drop, number_parse, values, 3) != 3)
        return wrong(reader, "drop", reader->drop, "FROM:UNTIL:SHARE, in seconds and of 1");
    link->drop = (struct activity){.start = values[0], .end = values[1]};
    link->drop_share = values[2];
    return true;
}

static bool apply_workloads(struct reader *reader)
{
    struct simulate_options *options = reader->options;
    size_t length = 0;

    for (size_t i = 0; i < reader->workloads; i++) {
        const char *text = reader->workload[i];
        const char *problem = workload_apply(text, reader->ram, &options->scenario);

        if (problem != NULL) {
            complain(reader->program, "--workload '%s': %s", text, problem);
            return false;
        }
        length += (size_t)snprintf(options->workload + length, sizeof(options->workload) - length,
                                   "%s%s", i > 0 ? " + " : "", text);
        if (length >= sizeof(options->workload)) {
            complain(reader->program, "the workloads are over 255 characters in all");
            return false;
        }
    }
    if (reader->used > 0)
        options->scenario.guest.used = floor(reader->used / SCENARIO_PAGE);
    return true;
}

/* Held off by a low limit, as the testbed does it. */
static void apply_limit(struct reader *reader)
{
    struct scenario *scenario = &reader->options->scenario;

    if (reader->limit_given)
        return;
    if (scenario->control.stop_least >= 1)
        scenario->sender.limit = 0.01;
    else if (isfinite(scenario->control.unstopped))
        scenario->sender.limit = 0.001;
}

static int is_standard(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static bool check(const struct reader *reader, int rest, char **argv)
{
    const struct simulate_options *options = reader->options;
    const char *problem = NULL;

    if (rest > 0)
        complain(reader->program, "'%s' is not wanted", argv[0]);
    else if (reader->workloads == 0)
        problem = "no --workload NAME given";
    else if (options->path == NULL && !options->json && options->outcomes == NULL)
        problem = "no -o FILE given";
    else if (is_standard(options->path) + is_standard(options->outcomes) + options->json > 1)
        problem = "standard output takes traces, figures or outcomes, not both";
    else if (options->runs > 1 && options->path != NULL && strstr(options->path, "%d") == NULL)
        problem = "with more than one run, -o FILE needs a '%d' for its number";
    if (problem != NULL)
        complain(reader->program, "%s", problem);
    return rest == 0 && problem == NULL;
}

static bool apply(struct reader *reader)
{
    const char *problem;

    if (!apply_workloads(reader) || !apply_drop(reader))
        return false;
    apply_limit(reader);
    problem = scenario_problem(&reader->options->scenario);
    if (problem != NULL)
        complain(reader->program, "%s", problem);
    return problem == NULL;
}

int simulate_options_read(struct simulate_options *options, int argc, char **argv)
{
    struct option table[NUMBERS + 32] = {
        {"output", required_argument, NULL, 'o'},   {"json", no_argument, NULL, 'J'},
        {"runs", required_argument, NULL, 'n'},     {"seed", required_argument, NULL, 's'},
        {"jobs", required_argument, NULL, 'j'},     {"workload", required_argument, NULL, 'w'},
        {"ram", required_argument, NULL, 'm'},      {"used", required_argument, NULL, 'u'},
        {"expected", no_argument, NULL, 'E'},       {"link", required_argument, NULL, 'l'},
        {"drop", required_argument, NULL, 'd'},     {"rate-cap", required_argument, NULL, 'c'},
        {"auto-converge", no_argument, NULL, 'A'},  {"stop-at", required_argument, NULL, 'b'},
        {"outcomes", required_argument, NULL, 'O'}, {"help", no_argument, NULL, 'h'},
    };
    struct reader reader = {.options = options, .program = argv[0]};
    size_t count = 0;
    int c;

    *options = (struct simulate_options){.link = "1Gbit", .seed = 1, .runs = 1, .jobs = 1};
    scenario_init(&options->scenario);
    options->scenario.guest.variation = 0.1;
    while (table[count].name != NULL)
        count++;
    for (int i = 0; i < NUMBERS; i++)
        table[count++] = (struct option){numbers[i].name, required_argument, NULL, NUMBER_BASE + i};
    while ((c = getopt_long(argc, argv, "o:h", table, NULL)) != -1) {
        if (c == 'h') {
            options->help = true;
            return EXIT_OK;
        }
        if (c == '?' || !take(&reader, c, optarg))
            return EXIT_USAGE;
    }
    return check(&reader, argc - optind, argv + optind) && apply(&reader) ? EXIT_OK : EXIT_USAGE;
}
