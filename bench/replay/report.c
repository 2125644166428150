/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include <exit_codes.h>

static bool is_first_of_split(const struct board *board, size_t series)
{
    for (size_t i = 0; i < series; i++) {
        if (strcmp(board->series[i].split, board->series[series].split) == 0)
            return false;
    }
    return true;
}

const char *report_split(const struct board *board, size_t i)
{
    for (size_t series = 0; series < board->series_count; series++) {
        if (is_first_of_split(board, series) && i-- == 0)
            return board->series[series].split;
    }
    return NULL;
}

static void print_setting(const struct peer_options *options)
{
    if (options->limit > 0)
        printf("limit %.0f ms (* : does not take one, its own constants)", options->limit * 1e3);
    else
        printf("kappa %g, no limit asked for", options->kappa);
}

static void print_head(const struct peer_options *options)
{
    if (options->limit > 0)
        printf("%-24s %10s %5s %6s %8s %8s %11s %8s\n", "PEER", "VIOLATIONS", "NEVER", "GAVEUP",
               "TMT/s", "mean", "DOWNTIME/ms", "p95");
    else
        printf("%-24s %8s %8s %8s %5s %6s %8s %11s %8s\n", "PEER", "REGRET/%", "mean", "p95",
               "NEVER", "GAVEUP", "TMT/s", "DOWNTIME/ms", "p95");
}

static void print_row(const struct peer_options *options, const char *name, bool own_limit,
                      const struct summary *summary)
{
    char label[32];

    snprintf(label, sizeof label, "%s%s", name, options->limit > 0 && own_limit ? " *" : "");
    if (options->limit > 0)
        printf("%-24s %10zu %5zu %6zu %8.1f %8.1f %11.0f %8.0f\n", label, summary->violations,
               summary->never, summary->gave_up, summary->total_median, summary->total_mean,
               summary->downtime_median * 1e3, summary->downtime_p95 * 1e3);
    else
        printf("%-24s %8.1f %8.1f %8.1f %5zu %6zu %8.1f %11.0f %8.0f\n", label,
               summary->regret_median * 1e2, summary->regret_mean * 1e2, summary->regret_p95 * 1e2,
               summary->never, summary->gave_up, summary->total_median,
               summary->downtime_median * 1e3, summary->downtime_p95 * 1e3);
}

static int print_table(const struct board *board, size_t setting, const char *split)
{
    struct peer_options options = setting_options(board, setting);
    struct summary summary;

    for (size_t peer = 0; peer < board->peer_count; peer++) {
        const struct peer *about = board->peers[peer];

        if (board_summarize(board, setting, peer, split, &summary))
            return EXIT_RUNTIME;
        if (peer == 0) {
            printf("\n%s, %zu migrations (%zu ended by QEMU itself), ", split, summary.count,
                   summary.converged);
            print_setting(&options);
            printf("\n");
            print_head(&options);
        }
        print_row(&options, board_peer_name(board, peer), about && !about->takes_limit, &summary);
    }
    return EXIT_OK;
}

static void print_each(const struct board *board)
{
    printf("%-32s %-24s %5s %6s %-8s %8s %9s %11s %9s %9s %8s\n", "MIGRATION", "PEER", "KAPPA",
           "LIMIT", "", "BOUNDARY", "ELAPSED/s", "DOWNTIME/ms", "J/s", "ORACLE/s", "REGRET/%");
    for (size_t series = 0; series < board->series_count; series++) {
        for (size_t setting = 0; setting < setting_count(); setting++) {
            struct peer_options options = setting_options(board, setting);

            for (size_t peer = 0; peer < board->peer_count; peer++) {
                const struct verdict *verdict = board_verdict(board, setting, peer, series);

                printf("%-32s %-24s %5g %6.0f %-8s %8u %9.3f %11.1f %9.3f %9.3f %8.1f\n",
                       board->series[series].id, board_peer_name(board, peer), options.kappa,
                       options.limit * 1e3,
                       verdict->stopped   ? "stopped"
                       : verdict->gave_up ? "gave-up"
                                          : "never",
                       board->series[series].boundaries[verdict->at]->boundary.number,
                       verdict->elapsed, verdict->downtime * 1e3, verdict->cost,
                       verdict->oracle_cost, verdict->regret * 1e2);
            }
        }
    }
}

int report_text(const struct board *board, bool each)
{
    const char *split;

    puts("# " REPORT_CAVEAT);
    puts("# regret = J / J(oracle) - 1; who never stopped or gave up is charged the last boundary; "
         "the first of a pair of columns is a median");
    if (board->skipped > 0)
        printf("# %zu traces with fewer than two boundaries are left out\n", board->skipped);
    if (each)
        print_each(board);
    for (size_t i = 0; (split = report_split(board, i)) != NULL; i++) {
        for (size_t setting = 0; setting < setting_count(); setting++) {
            if (print_table(board, setting, split) != EXIT_OK)
                return EXIT_RUNTIME;
        }
    }
    return EXIT_OK;
}
