/* SPDX-License-Identifier: MIT */
#include "board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <command.h>
#include <exit_codes.h>

#include "percentile.h"

static const struct setting settings[] = {{1, 0},    {10, 0}, {100, 0}, {10, 0.1},
                                          {10, 0.3}, {10, 1}, {10, 3}};

#define SETTINGS (sizeof settings / sizeof settings[0])

size_t setting_count(void)
{
    return SETTINGS;
}

struct peer_options setting_options(const struct board *board, size_t setting)
{
    return (struct peer_options){
        .limit = settings[setting].limit, .kappa = settings[setting].kappa, .model = board->model};
}

static int out_of_memory(const struct board *board)
{
    complain(board->program, "%s", strerror(ENOMEM));
    return EXIT_RUNTIME;
}

bool board_take_downtime(struct board *board, const char *text)
{
    if (strcmp(text, "remaining") == 0)
        board->how = HINDSIGHT_REMAINING;
    else if (strcmp(text, "round") == 0)
        board->how = HINDSIGHT_ROUND;
    else {
        complain(board->program, "--downtime is '%s', expected remaining or round", text);
        return false;
    }
    return true;
}

int board_choose_peers(struct board *board, const char *only)
{
    size_t all = 0;

    while (peer_at(all))
        all++;
    board->peers = calloc(all + 1, sizeof *board->peers);
    if (!board->peers)
        return out_of_memory(board);
    board->peer_count = 1; /* the oracle */
    for (size_t i = 0; i < all; i++) {
        if (!only || strcmp(peer_at(i)->name, only) == 0)
            board->peers[board->peer_count++] = peer_at(i);
    }
    if (board->peer_count > 1)
        return EXIT_OK;
    complain(board->program, "no peer '%s'; --list shows them", only);
    return EXIT_USAGE;
}

static int read_one(struct board *board, const char *path)
{
    struct series *series = &board->series[board->series_count];
    struct hindsight *hindsight = &board->hindsight[board->series_count];
    int code = series_read(series, board->program, path);
    int error;

    if (code != EXIT_OK) {
        series_free(series);
        return code;
    }
    error = hindsight_make(hindsight, series, board->how);
    if (error == 0) {
        if (board->tell_rate)
            series_promise(series, hindsight->rate);
        board->series_count++;
        return EXIT_OK;
    }
    hindsight_free(hindsight);
    series_free(series);
    if (error != -ENODATA)
        return out_of_memory(board);
    board->skipped++;
    return EXIT_OK;
}

int board_read(struct board *board, char **paths, size_t count)
{
    int code = EXIT_OK;

    board->series = calloc(count + 1, sizeof *board->series);
    board->hindsight = calloc(count + 1, sizeof *board->hindsight);
    if (!board->series || !board->hindsight)
        return out_of_memory(board);
    for (size_t i = 0; i < count && code == EXIT_OK; i++)
        code = read_one(board, paths[i]);
    if (code == EXIT_OK && board->series_count == 0) {
        complain(board->program, "no trace with two boundaries or more");
        return EXIT_TOO_LITTLE;
    }
    return code;
}

static size_t place(const struct board *board, size_t setting, size_t peer, size_t series)
{
    return (setting * board->peer_count + peer) * board->series_count + series;
}

static int ask_one(struct board *board, size_t setting, size_t peer, size_t series)
{
    struct verdict *verdict = &board->verdicts[place(board, setting, peer, series)];
    const struct hindsight *hindsight = &board->hindsight[series];
    struct peer_options options = setting_options(board, setting);

    if (board->peers[peer])
        return verdict_ask(verdict, hindsight, board->peers[peer], &options);
    *verdict = verdict_oracle(hindsight, &options);
    return 0;
}

int board_ask(struct board *board)
{
    board->verdicts =
        calloc(SETTINGS * board->peer_count * board->series_count, sizeof *board->verdicts);
    if (!board->verdicts)
        return out_of_memory(board);
    for (size_t setting = 0; setting < SETTINGS; setting++) {
        for (size_t peer = 0; peer < board->peer_count; peer++) {
            for (size_t series = 0; series < board->series_count; series++) {
                int error = ask_one(board, setting, peer, series);

                if (error == 0)
                    continue;
                complain(board->program, "%s: %s", board_peer_name(board, peer), strerror(-error));
                return EXIT_RUNTIME;
            }
        }
    }
    return EXIT_OK;
}

void board_free(struct board *board)
{
    for (size_t i = 0; i < board->series_count; i++) {
        hindsight_free(&board->hindsight[i]);
        series_free(&board->series[i]);
    }
    free(board->series);
    free(board->hindsight);
    free(board->peers);
    free(board->verdicts);
}

const char *board_peer_name(const struct board *board, size_t peer)
{
    return board->peers[peer] ? board->peers[peer]->name : "oracle";
}

const struct verdict *board_verdict(const struct board *board, size_t setting, size_t peer,
                                    size_t series)
{
    return &board->verdicts[place(board, setting, peer, series)];
}

static void add(struct summary *summary, const struct verdict *verdict, double limit)
{
    summary->count++;
    summary->gave_up += verdict->gave_up;
    summary->never += !verdict->stopped && !verdict->gave_up;
    summary->violations += limit > 0 && verdict->downtime > limit;
}

int board_summarize(const struct board *board, size_t setting, size_t peer, const char *split,
                    struct summary *summary)
{
    size_t n = board->series_count;
    double *values = calloc(3 * n, sizeof *values);
    double *regrets = values, *totals = values + n, *downtimes = values + 2 * n;

    *summary = (struct summary){.count = 0};
    if (!values)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct verdict *verdict = board_verdict(board, setting, peer, i);

        if (strcmp(board->series[i].split, split) != 0)
            continue;
        regrets[summary->count] = verdict->regret;
        totals[summary->count] = verdict->elapsed + verdict->downtime;
        downtimes[summary->count] = verdict->downtime;
        summary->converged += strcmp(board->series[i].end.ended_by, "qemu") == 0;
        add(summary, verdict, settings[setting].limit);
    }
    summary->regret_mean = mean(regrets, summary->count);
    summary->regret_median = median(regrets, summary->count);
    summary->regret_p95 = percentile(regrets, summary->count, 0.95);
    summary->total_mean = mean(totals, summary->count);
    summary->total_median = median(totals, summary->count);
    summary->downtime_median = median(downtimes, summary->count);
    summary->downtime_p95 = percentile(downtimes, summary->count, 0.95);
    free(values);
    return 0;
}
