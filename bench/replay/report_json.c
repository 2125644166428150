/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdio.h>

#include <exit_codes.h>
#include <json_line.h>

static void put_about(const struct board *board)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "kind", "about");
    json_line_string(&line, "caveat", REPORT_CAVEAT);
    json_line_string(&line, "downtime", board->how == HINDSIGHT_ROUND ? "round" : "remaining");
    json_line_bool(&line, "rate_told", board->tell_rate);
    json_line_number(&line, "migrations", (double)board->series_count);
    json_line_number(&line, "skipped", (double)board->skipped);
    json_line_end(&line);
}

static void put_who(struct json_line *line, const struct board *board, const char *kind,
                    size_t setting, size_t peer, const char *split)
{
    struct peer_options options = setting_options(board, setting);

    json_line_begin(line, stdout);
    json_line_string(line, "kind", kind);
    json_line_string(line, "peer", board_peer_name(board, peer));
    json_line_string(line, "split", split);
    json_line_number(line, "kappa", options.kappa);
    if (options.limit > 0)
        json_line_number(line, "limit_ms", options.limit * 1e3);
    else
        json_line_null(line, "limit_ms");
}

static void put_verdict(const struct board *board, size_t setting, size_t peer, size_t series)
{
    const struct verdict *verdict = board_verdict(board, setting, peer, series);
    const struct series *about = &board->series[series];
    struct json_line line;

    put_who(&line, board, "migration", setting, peer, about->split);
    json_line_string(&line, "migration", about->id);
    json_line_bool(&line, "stopped", verdict->stopped);
    json_line_bool(&line, "gave_up", verdict->gave_up);
    json_line_number(&line, "boundary", about->boundaries[verdict->at]->boundary.number);
    json_line_number(&line, "elapsed_s", verdict->elapsed);
    json_line_number(&line, "downtime_ms", verdict->downtime * 1e3);
    json_line_number(&line, "bytes", verdict->bytes);
    json_line_number(&line, "cost_s", verdict->cost);
    json_line_number(&line, "oracle_cost_s", verdict->oracle_cost);
    json_line_number(&line, "regret", verdict->regret);
    json_line_end(&line);
}

static int put_summary(const struct board *board, size_t setting, size_t peer, const char *split)
{
    struct summary summary;
    struct json_line line;

    if (board_summarize(board, setting, peer, split, &summary))
        return EXIT_RUNTIME;
    put_who(&line, board, "summary", setting, peer, split);
    json_line_number(&line, "migrations", (double)summary.count);
    json_line_number(&line, "ended_by_qemu", (double)summary.converged);
    json_line_number(&line, "never_stopped", (double)summary.never);
    json_line_number(&line, "gave_up", (double)summary.gave_up);
    json_line_number(&line, "violations", (double)summary.violations);
    json_line_number(&line, "regret_median", summary.regret_median);
    json_line_number(&line, "regret_mean", summary.regret_mean);
    json_line_number(&line, "regret_p95", summary.regret_p95);
    json_line_number(&line, "total_s_median", summary.total_median);
    json_line_number(&line, "total_s_mean", summary.total_mean);
    json_line_number(&line, "downtime_ms_median", summary.downtime_median * 1e3);
    json_line_number(&line, "downtime_ms_p95", summary.downtime_p95 * 1e3);
    if (board->peers[peer])
        json_line_string(&line, "not_replayed", board->peers[peer]->not_replayed);
    json_line_end(&line);
    return EXIT_OK;
}

int report_json(const struct board *board)
{
    const char *split;

    put_about(board);
    for (size_t setting = 0; setting < setting_count(); setting++) {
        for (size_t peer = 0; peer < board->peer_count; peer++) {
            for (size_t series = 0; series < board->series_count; series++)
                put_verdict(board, setting, peer, series);
            for (size_t i = 0; (split = report_split(board, i)) != NULL; i++) {
                if (put_summary(board, setting, peer, split) != EXIT_OK)
                    return EXIT_RUNTIME;
            }
        }
    }
    return EXIT_OK;
}
