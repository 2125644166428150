/* SPDX-License-Identifier: MIT */
#include "replay_hopeless.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <binomial_interval.h>
#include <command.h>
#include <exit_codes.h>
#include <json_line.h>
#include <policy_options.h>

#include "hopeless.h"
#include "percentile.h"
#include "report.h"

static const char help[] =
    "Usage: replay_hopeless [OPTION...] TRACE...\n"
    "Asks `optimal` about recorded migrations that nobody stopped, under hard maxima of 0.25, "
    "0.5,\n"
    "0.8, 1.25 and 2 times the least downtime that the record offers. Below 1 no boundary meets\n"
    "it: HOPELESS ought to be said. Above 1 one does: HOPELESS before it is a false alarm.\n"
    "Stationary guests (what remains at all boundaries but the first two is within a factor of 2)\n"
    "and others are told apart, and splits (meta.split).\n\n"
    "  --json                JSON lines, one a migration and maximum too\n"
    "  --downtime HOW        what a stop would have cost, as replay_peers: remaining, round\n"
    "  --model FILE          (default: as precopyml replay)\n"
    "  --kappa K             (10)\n"
    "  --confidence P        of the bounds (0.9)\n";

/* Of the least downtime. */
static const double factors[] = {0.25, 0.5, 0.8, 1.25, 2};

enum { FACTORS = sizeof factors / sizeof factors[0], SOON = 4 };

#define INTERVAL 0.95

struct cells {
    struct board board;
    struct policy_options policy;
    struct hopeless *asked; /* FACTORS a migration */
    bool json;
};

/* Of the migrations of one split, stationary or not, under one factor. */
struct tally {
    size_t count, said, soon, flapped; /* soon: at one of the first SOON boundaries */
    size_t above, stopped;             /* stopped the guest, above the maximum in hindsight */
    size_t false_alarms, withdrawn;
    double boundary; /* median of those at which it was said */
};

static int ask_all(struct cells *cells)
{
    struct board *board = &cells->board;

    cells->asked = calloc(board->series_count * FACTORS, sizeof *cells->asked);
    if (!cells->asked) {
        complain(board->program, "out of memory");
        return EXIT_RUNTIME;
    }
    for (size_t i = 0; i < board->series_count; i++) {
        for (size_t f = 0; f < FACTORS; f++) {
            struct precopyml_session_options options = cells->policy.session;

            options.hard_max = factors[f] * hopeless_floor(&board->hindsight[i]);
            if (hopeless_ask(&cells->asked[i * FACTORS + f], &board->hindsight[i], board->model,
                             &options) != 0) {
                complain(board->program, "%s", precopyml_error_message());
                return EXIT_RUNTIME;
            }
        }
    }
    return EXIT_OK;
}

static void add(struct tally *tally, const struct hopeless *hopeless)
{
    tally->count++;
    tally->stopped += hopeless->stopped > 0;
    tally->above += hopeless->above;
    if (hopeless->said == 0)
        return;
    tally->said++;
    tally->soon += hopeless->said <= SOON;
    tally->flapped += hopeless->unsaid > 0;
    tally->false_alarms += hopeless->met > 0;
    tally->withdrawn += hopeless->withdrawn;
}

/* `boundaries` has room for one a migration. */
static struct tally tally_of(const struct cells *cells, const char *split, bool stationary,
                             size_t factor, double *boundaries)
{
    const struct board *board = &cells->board;
    struct tally tally = {.count = 0};

    for (size_t i = 0; i < board->series_count; i++) {
        const struct hopeless *hopeless = &cells->asked[i * FACTORS + factor];

        if (strcmp(board->series[i].split, split) != 0 ||
            hopeless_is_stationary(&board->series[i]) != stationary)
            continue;
        if (hopeless->said > 0)
            boundaries[tally.said] = hopeless->said;
        add(&tally, hopeless);
    }
    tally.boundary = median(boundaries, tally.said);
    return tally;
}

/* ---- Output ---- */

static void put_cell(const struct series *series, double factor, const struct hopeless *hopeless)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "kind", "migration");
    json_line_string(&line, "migration", series->id);
    json_line_string(&line, "split", series->split);
    json_line_bool(&line, "stationary", hopeless_is_stationary(series));
    json_line_number(&line, "factor", factor);
    json_line_number(&line, "hard_max_ms", hopeless->hard_max * 1e3);
    json_line_number(&line, "boundaries", (double)series->boundary_count);
    json_line_number(&line, "asked", hopeless->asked);
    json_line_number(&line, "said", hopeless->said);
    json_line_number(&line, "unsaid", hopeless->unsaid);
    json_line_number(&line, "stopped", hopeless->stopped);
    json_line_bool(&line, "above", hopeless->above);
    json_line_number(&line, "met", hopeless->met);
    json_line_bool(&line, "withdrawn", hopeless->withdrawn);
    json_line_end(&line);
}

/* A share's interval, beside the counts it is of. */
static void put_interval(struct json_line *line, const char *key, size_t hits, size_t trials)
{
    struct binomial_interval interval = binomial_interval(hits, trials, INTERVAL);

    json_line_open(line, key);
    json_line_number(line, "lower", interval.lower);
    json_line_number(line, "upper", interval.upper);
    json_line_close(line);
}

static void put_tally(const char *split, bool stationary, double factor, const struct tally *tally)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "kind", "summary");
    json_line_string(&line, "split", split);
    json_line_bool(&line, "stationary", stationary);
    json_line_number(&line, "factor", factor);
    json_line_number(&line, "migrations", (double)tally->count);
    json_line_number(&line, "said", (double)tally->said);
    json_line_number(&line, "soon", (double)tally->soon);
    put_interval(&line, "soon_interval", tally->soon, tally->count);
    json_line_number(&line, "boundary_median", tally->boundary);
    json_line_number(&line, "flapped", (double)tally->flapped);
    json_line_number(&line, "stopped", (double)tally->stopped);
    json_line_number(&line, "above", (double)tally->above);
    json_line_number(&line, "false_alarms", (double)tally->false_alarms);
    put_interval(&line, "false_alarms_interval", tally->false_alarms, tally->count);
    json_line_number(&line, "withdrawn", (double)tally->withdrawn);
    json_line_end(&line);
}

static void print_share(size_t hits, size_t trials)
{
    struct binomial_interval interval = binomial_interval(hits, trials, INTERVAL);

    printf(" %4zu %5.1f (%5.1f to %5.1f)", hits, 100.0 * (double)hits / (double)trials,
           100 * interval.lower, 100 * interval.upper);
}

/* No boundary meets the maximum: said in time, kept to, and nobody stopped above it. */
static void print_hopeless(double factor, const struct tally *tally)
{
    char boundary[16] = "-";

    if (tally->said > 0)
        snprintf(boundary, sizeof boundary, "%.0f", tally->boundary);
    printf("%6.2f", factor);
    print_share(tally->said, tally->count);
    print_share(tally->soon, tally->count);
    printf(" %8s %8zu %8zu\n", boundary, tally->flapped, tally->above);
}

static void print_reachable(double factor, const struct tally *tally)
{
    printf("%6.2f", factor);
    print_share(tally->false_alarms, tally->count);
    printf(" %10zu %8zu %8zu\n", tally->withdrawn, tally->stopped, tally->above);
}

static void print_tables(const char *split, bool stationary, const struct tally *tallies)
{
    printf("\n%s, %zu migrations that %s\n", split, tallies[0].count,
           stationary ? "are stationary" : "change");
    printf("no boundary meets the maximum\n%6s %28s %28s %8s %8s %8s\n", "FACTOR",
           "SAID     % (95 %)", "BY 4TH     % (95 %)", "BOUNDARY", "NOT KEPT", "ABOVE");
    for (size_t f = 0; f < FACTORS; f++) {
        if (factors[f] < 1)
            print_hopeless(factors[f], &tallies[f]);
    }
    printf("a boundary meets it\n%6s %28s %10s %8s %8s\n", "FACTOR", "FALSE ALARMS     % (95 %)",
           "WITHDRAWN", "STOPPED", "ABOVE");
    for (size_t f = 0; f < FACTORS; f++) {
        if (factors[f] > 1)
            print_reachable(factors[f], &tallies[f]);
    }
}

static void report_group(const struct cells *cells, const char *split, bool stationary,
                         double *boundaries)
{
    struct tally tallies[FACTORS];

    for (size_t f = 0; f < FACTORS; f++)
        tallies[f] = tally_of(cells, split, stationary, f, boundaries);
    if (tallies[0].count == 0)
        return;
    if (!cells->json)
        print_tables(split, stationary, tallies);
    for (size_t f = 0; cells->json && f < FACTORS; f++)
        put_tally(split, stationary, factors[f], &tallies[f]);
}

static int report(const struct cells *cells)
{
    const struct board *board = &cells->board;
    double *boundaries = calloc(board->series_count, sizeof *boundaries);
    const char *split;

    if (!boundaries) {
        complain(board->program, "out of memory");
        return EXIT_RUNTIME;
    }
    for (size_t i = 0; cells->json && i < board->series_count; i++) {
        for (size_t f = 0; f < FACTORS; f++)
            put_cell(&board->series[i], factors[f], &cells->asked[i * FACTORS + f]);
    }
    for (size_t i = 0; (split = report_split(board, i)) != NULL; i++) {
        report_group(cells, split, true, boundaries);
        report_group(cells, split, false, boundaries);
    }
    free(boundaries);
    return EXIT_OK;
}

/* ---- The program ---- */

static int run(struct cells *cells, char **paths, size_t count)
{
    struct board *board = &cells->board;
    int code = policy_options_load_model(&cells->policy, board->program, &board->model);

    if (code == EXIT_OK)
        code = board_read(board, paths, count);
    if (code == EXIT_OK)
        code = ask_all(cells);
    if (code == EXIT_OK)
        code = report(cells);
    free(cells->asked);
    board_free(board);
    precopyml_model_unref(&board->model);
    return finish_stdout(board->program, code);
}

static bool take_option(struct cells *cells, int c)
{
    const char *program = cells->board.program;

    if (policy_options_is(c))
        return policy_options_take(&cells->policy, program, c, optarg);
    if (c == 'd')
        return board_take_downtime(&cells->board, optarg);
    cells->json |= c == 'j';
    return c == 'j';
}

int replay_hopeless(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"downtime", required_argument, NULL, 'd'},
        {"model", required_argument, NULL, POLICY_OPTION_MODEL},
        {"kappa", required_argument, NULL, POLICY_OPTION_KAPPA},
        {"confidence", required_argument, NULL, POLICY_OPTION_CONFIDENCE},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct cells cells = {.policy = POLICY_OPTIONS_INIT, .board.program = argv[0]};
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h')
            return show_help(help);
        if (!take_option(&cells, c))
            return usage_error(argv[0]);
    }
    if (optind == argc) {
        complain(argv[0], "no trace given");
        return usage_error(argv[0]);
    }
    return run(&cells, argv + optind, (size_t)(argc - optind));
}
