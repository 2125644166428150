/* SPDX-License-Identifier: MIT */
/* precopyml replay: where a policy would have stopped recorded migrations. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "boundary_walk.h"
#include "command.h"
#include "exit_codes.h"
#include "json_line.h"
#include "number.h"
#include "policy_options.h"

static const char help[] = "Usage: precopyml replay [OPTION...] TRACE...\n"
                           "Says for each recorded migration ('-': standard input; .xz is read "
                           "too) at which boundary the\n"
                           "guest would have been stopped, and why.\n\n"
                           "  --each                a line a boundary, up to the stop\n"
                           "  --json                JSON lines\n" POLICY_HELP;

struct replay {
    const char *program;
    precopyml_model *model;
    const struct precopyml_session_options *options;
    bool each, json;
    int width; /* of the column of names */
};

static const double milliseconds = 1e3;

static void json_forecast(struct json_line *line, const struct precopyml_decision *decision)
{
    json_line_number(line, "predicted_downtime_ms", decision->downtime * milliseconds);
    json_line_number(line, "upper_ms", decision->downtime_upper * milliseconds);
    json_line_number(line, "doubt", decision->doubt);
}

static void print_each_json(const char *path, const struct boundary_row *row)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "trace", path);
    json_line_number(&line, "t", row->t);
    json_line_number(&line, "iteration", row->decision.iteration);
    json_line_number(&line, "remaining", row->remaining);
    json_forecast(&line, &row->decision);
    json_line_string(&line, "verdict", precopyml_verdict_name(row->decision.verdict));
    json_line_string(&line, "reason", precopyml_reason_name(row->decision.reason));
    json_line_end(&line);
}

/* `row` is NULL when the guest was never stopped. */
static void print_stop_json(const char *path, unsigned boundaries, const struct boundary_row *row)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "trace", path);
    json_line_number(&line, "boundaries", boundaries);
    if (row == NULL) {
        json_line_null(&line, "stop");
    } else {
        json_line_open(&line, "stop");
        json_line_number(&line, "t", row->t);
        json_line_number(&line, "iteration", row->decision.iteration);
        json_forecast(&line, &row->decision);
        json_line_string(&line, "reason", precopyml_reason_name(row->decision.reason));
        json_line_close(&line);
    }
    json_line_end(&line);
}

static void print_header(const struct replay *replay)
{
    printf("%-*s %14s %9s", replay->width, "TRACE", "T", "ITERATION");
    if (replay->each)
        printf(" %14s", "REMAINING");
    printf(" %12s %10s", "FORECAST/ms", "UPPER/ms");
    puts(replay->each ? "  VERDICT    REASON" : "  REASON");
}

static void print_row(const struct replay *replay, const char *path, const struct boundary_row *row)
{
    char t[NUMBER_TEXT_SIZE], forecast[NUMBER_TEXT_SIZE], upper[NUMBER_TEXT_SIZE];
    const struct precopyml_decision *decision = &row->decision;

    printf("%-*s %14s %9u", replay->width, path, number_fixed(t, row->t, 3), decision->iteration);
    number_fixed(forecast, decision->downtime * milliseconds, 1);
    number_fixed(upper, decision->downtime_upper * milliseconds, 1);
    if (replay->each)
        printf(" %14.0f %12s %10s  %-10s %s\n", row->remaining, forecast, upper,
               precopyml_verdict_name(decision->verdict), precopyml_reason_name(decision->reason));
    else
        printf(" %12s %10s  %s\n", forecast, upper, precopyml_reason_name(decision->reason));
}

static void print_stop(const struct replay *replay, const char *path, unsigned boundaries,
                       const struct boundary_row *row)
{
    if (replay->json)
        print_stop_json(path, boundaries, row);
    else if (row != NULL)
        print_row(replay, path, row);
    else
        printf("%-*s %14s %9s %12s %10s  %s\n", replay->width, path, "-", "-", "-", "-",
               boundaries > 0 ? "never stopped" : "no boundary");
}

static int replay_trace(const struct replay *replay, const char *path)
{
    struct boundary_walk walk;
    struct boundary_row row;
    unsigned boundaries = 0;
    bool stopped = false;
    int result = -boundary_walk_open(&walk, replay->program, path, replay->model, replay->options);

    walk.ends_at_stop = true;
    while (result == 0 && (result = boundary_walk_next(&walk, &row)) > 0) {
        stopped = row.decision.verdict == PRECOPYML_STOP;
        boundaries++;
        if (replay->each && replay->json)
            print_each_json(path, &row);
        else if (replay->each)
            print_row(replay, path, &row);
        result = 0;
    }
    boundary_walk_close(&walk);
    if (result == 0 && !replay->each)
        print_stop(replay, path, boundaries, stopped ? &row : NULL);
    return -result;
}

static int replay_all(struct replay *replay, char **paths)
{
    int code = EXIT_OK;

    replay->width = (int)strlen("TRACE");
    for (char **path = paths; *path != NULL; path++)
        if ((int)strlen(*path) > replay->width)
            replay->width = (int)strlen(*path);
    if (!replay->json)
        print_header(replay);
    for (; *paths != NULL; paths++) {
        int one = replay_trace(replay, *paths);

        if (code == EXIT_OK)
            code = one;
    }
    return finish_stdout(replay->program, code);
}

int command_replay(int argc, char **argv)
{
    static const struct option options[] = {
        POLICY_LONG_OPTIONS,
        {"each", no_argument, NULL, 'e'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct policy_options policy = POLICY_OPTIONS_INIT;
    struct replay replay = {.program = argv[0], .options = &policy.session};
    int c, code;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (policy_options_is(c)) {
            if (!policy_options_take(&policy, argv[0], c, optarg))
                return usage_error(argv[0]);
            continue;
        }
        switch (c) {
        case 'e': replay.each = true; break;
        case 'j': replay.json = true; break;
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    if (!policy_options_check(&policy, argv[0]))
        return usage_error(argv[0]);
    if (optind == argc) {
        complain(argv[0], "no trace given");
        return usage_error(argv[0]);
    }
    code = policy_options_load_model(&policy, argv[0], &replay.model);
    if (code == EXIT_OK)
        code = replay_all(&replay, argv + optind);
    precopyml_model_unref(&replay.model);
    return code;
}
