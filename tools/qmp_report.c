/* SPDX-License-Identifier: MIT */
#include "qmp_report.h"

#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "counter.h"
#include "exit_codes.h"
#include "json_line.h"
#include "metrics.h"
#include "number.h"

#define RESULT_PATIENCE_MS 1000

/* A line that others write to as well stays whole. */
static void begin_line(FILE *stream)
{
    flockfile(stream);
}

static void end_line(FILE *stream)
{
    fflush(stream);
    funlockfile(stream);
}

static void begin_json(const struct qmp_report *report, struct json_line *line)
{
    json_line_begin(line, stdout);
    if (report->domain != NULL)
        json_line_string(line, "domain", report->domain);
}

/* Whether a line (always under PIPE_BUF) can be written without waiting for a reader. */
static bool has_room(FILE *stream, int wait_ms)
{
    struct pollfd watch = {.fd = fileno(stream), .events = POLLOUT};

    return poll(&watch, 1, wait_ms) > 0;
}

static void clear_live(struct qmp_report *report)
{
    if (report->drawn && has_room(stderr, 0))
        fputs("\r\033[K", stderr);
    report->drawn = false;
}

void qmp_report_note(struct qmp_report *report, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(report->note, sizeof report->note, format, arguments);
    va_end(arguments);
    clear_live(report);
    if (!has_room(stderr, RESULT_PATIENCE_MS))
        return;
    if (report->domain != NULL)
        complain(report->program, "%s: %s", report->domain, report->note);
    else
        complain(report->program, "%s", report->note);
}

void qmp_report_open(struct qmp_report *report, const char *program, bool json, double limit_ms)
{
    *report = (struct qmp_report){.program = program,
                                  .json = json,
                                  .live = isatty(STDERR_FILENO) == 1,
                                  .begun = clock_of(CLOCK_REALTIME),
                                  .limit_ms = limit_ms,
                                  .latest = PRECOPYML_DECISION_INIT};
}

/* ---- As it goes ----------------------------------------------------------------------------- */

static void boundary_json(const struct qmp_report *report, const struct precopyml_stats *stats,
                          const struct precopyml_decision *decision, double limit_ms)
{
    struct json_line line;

    begin_json(report, &line);
    json_line_number(&line, "t", counter(stats, PRECOPYML_STAT_TIME));
    json_line_number(&line, "iteration", decision->iteration);
    json_line_number(&line, "remaining", counter(stats, PRECOPYML_STAT_REMAINING));
    json_line_number(&line, "predicted_downtime_ms", decision->downtime * 1e3);
    json_line_number(&line, "upper_ms", decision->downtime_upper * 1e3);
    json_line_string(&line, "verdict", precopyml_verdict_name(decision->verdict));
    json_line_string(&line, "reason", precopyml_reason_name(decision->reason));
    if (decision->verdict == PRECOPYML_THROTTLE)
        json_line_number(&line, "throttle", decision->throttle);
    if (decision->verdict == PRECOPYML_HOPELESS)
        json_line_string(&line, "advice", precopyml_advice_name(decision->advice));
    json_line_number(&line, "downtime_limit_ms", limit_ms);
    json_line_number(&line, "answer_ms", report->answer_ms);
    json_line_end(&line);
}

/* "iteration 3, 301.2 MB left, 117 MB/s, predicted 2713 ms (limit 500): CONTINUE, pays" */
static void describe(char *text, size_t size, const struct qmp_report *report,
                     const struct precopyml_stats *stats)
{
    const struct precopyml_decision *decision = &report->latest;
    char remaining[NUMBER_TEXT_SIZE], bandwidth[NUMBER_TEXT_SIZE], predicted[NUMBER_TEXT_SIZE];
    char upper[NUMBER_TEXT_SIZE + 16] = "", limit[NUMBER_TEXT_SIZE + 16] = "",
                                  number[NUMBER_TEXT_SIZE];

    if (isfinite(decision->downtime_upper))
        snprintf(upper, sizeof upper, " up to %s",
                 number_fixed(number, decision->downtime_upper * 1e3, 0));
    if (report->limit_ms > 0)
        snprintf(limit, sizeof limit, " (limit %s)", number_fixed(number, report->limit_ms, 0));
    snprintf(text, size, "iteration %u, %s MB left, %s MB/s, predicted %s%s ms%s: %s, %s",
             (unsigned)decision->iteration,
             number_fixed(remaining, counter(stats, PRECOPYML_STAT_REMAINING) / 1e6, 1),
             number_fixed(bandwidth, counter(stats, PRECOPYML_STAT_BANDWIDTH) / 1e6, 0),
             number_fixed(predicted, decision->downtime * 1e3, 0), upper, limit,
             precopyml_verdict_name(decision->verdict), precopyml_reason_name(decision->reason));
}

static void print_people(struct qmp_report *report, double t, const char *text)
{
    char time[NUMBER_TEXT_SIZE];

    clear_live(report);
    printf("%8s s  %s%s%s\n", number_fixed(time, t - report->begun, 2),
           report->domain != NULL ? report->domain : "", report->domain != NULL ? ": " : "", text);
}

void qmp_report_boundary(struct qmp_report *report, const struct precopyml_stats *stats,
                         const struct precopyml_decision *decision, double downtime_limit_ms)
{
    char text[256];

    report->latest = *decision;
    metrics_decision(report->metrics, decision);
    if (!has_room(stdout, 0))
        return;
    begin_line(stdout);
    if (report->json) {
        boundary_json(report, stats, decision, downtime_limit_ms);
    } else {
        describe(text, sizeof text, report, stats);
        print_people(report, counter(stats, PRECOPYML_STAT_TIME), text);
    }
    end_line(stdout);
}

/* `text` is for people; for programs a number with the name `key`, and why, unless that is NULL. */
static void print_action(struct qmp_report *report, double t, const char *action, const char *key,
                         double value, const char *why, const char *text)
{
    struct json_line line;

    if (!has_room(stdout, 0))
        return;
    begin_line(stdout);
    if (report->json) {
        begin_json(report, &line);
        json_line_number(&line, "t", t);
        json_line_string(&line, "action", action);
        json_line_number(&line, key, value);
        if (why != NULL)
            json_line_string(&line, "why", why);
        json_line_end(&line);
    } else {
        print_people(report, t, text);
    }
    end_line(stdout);
}

void qmp_report_action(struct qmp_report *report, double t, const char *action,
                       double downtime_limit_ms, const char *why)
{
    char text[256], limit[NUMBER_TEXT_SIZE];

    snprintf(text, sizeof text, "%s: downtime-limit %s ms, %s", action,
             number_fixed(limit, downtime_limit_ms, 0), why);
    print_action(report, t, action, "downtime_limit_ms", downtime_limit_ms, why, text);
}

void qmp_report_throttle(struct qmp_report *report, double t, double percent)
{
    char text[64];

    snprintf(text, sizeof text, "throttle: %.0f %% of the vCPU time, from the next sync", percent);
    print_action(report, t, "throttle", "percent", percent, NULL, text);
}

void qmp_report_live(struct qmp_report *report, const struct precopyml_stats *stats)
{
    char text[256];

    if (!report->live || !has_room(stderr, 0))
        return;
    if (report->latest.boundary != 0)
        describe(text, sizeof text, report, stats);
    else
        snprintf(text, sizeof text, "first pass, %.1f MB left",
                 counter(stats, PRECOPYML_STAT_REMAINING) / 1e6);
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    report->drawn = true;
}

/* ---- The end -------------------------------------------------------------------------------- */

void qmp_result_init(struct qmp_result *result)
{
    *result = (struct qmp_result){.downtime_ms = NAN,
                                  .downtime_source = "qemu",
                                  .total_ms = NAN,
                                  .bytes = NAN,
                                  .iterations = NAN,
                                  .decided_t = NAN,
                                  .operator_ms = NAN,
                                  .hold_ms = NAN,
                                  .restored = true};
}

static void throttling_json(struct json_line *line, const struct qmp_throttling *throttling)
{
    char list[QMP_THROTTLES * 80] = "[";
    size_t length = 1;

    for (unsigned i = 0; i < throttling->count; i++) {
        const struct qmp_throttle_step *step = &throttling->asked[i];

        length += (size_t)snprintf(
            list + length, sizeof list - length, "%s{\"t\":%.6f,\"iteration\":%u,\"percent\":%.0f}",
            i > 0 ? "," : "", step->t, (unsigned)step->iteration, step->percent);
    }
    snprintf(list + length, sizeof list - length, "]");
    json_line_open(line, "throttle");
    json_line_raw(line, "asked", list);
    json_line_number(line, "highest", throttling->highest);
    json_line_number(line, "since", throttling->highest > 0 ? throttling->since : (double)NAN);
    json_line_number(line, "vcpu_seconds", throttling->guest_seconds);
    json_line_close(line);
}

static void result_json(const struct qmp_report *report, const struct qmp_result *result)
{
    struct json_line line;

    begin_json(report, &line);
    json_line_open(&line, "result");
    json_line_number(&line, "exit", result->exit);
    json_line_string(&line, "status", result->status);
    json_line_string(&line, "ended_by", result->ended_by);
    if (result->decided) {
        json_line_open(&line, result->observed_only ? "would_stop" : "stop");
        stop_record_write(&line, &result->stop);
        json_line_number(&line, "iteration", result->decision.iteration);
        json_line_number(&line, "permission_ms", result->permission_ms);
        json_line_close(&line);
    } else {
        json_line_null(&line, result->observed_only ? "would_stop" : "stop");
    }
    json_line_number(&line, "downtime_ms", result->downtime_ms);
    json_line_string(&line, "downtime_source",
                     isfinite(result->downtime_ms) ? result->downtime_source : NULL);
    json_line_number(&line, "total_time_ms", result->total_ms);
    json_line_number(&line, "iterations", result->iterations);
    json_line_number(&line, "bytes", result->bytes);
    throttling_json(&line, &result->throttling);
    json_line_number(&line, "operator_limit_ms", result->operator_ms);
    json_line_number(&line, "hold_ms", result->hold_ms);
    json_line_bool(&line, "restored", result->restored);
    json_line_string(&line, "message", result->message);
    json_line_close(&line);
    json_line_end(&line);
}

static void result_people(const struct qmp_report *report, const struct qmp_result *result)
{
    char predicted[NUMBER_TEXT_SIZE], downtime[NUMBER_TEXT_SIZE], total[NUMBER_TEXT_SIZE];
    char megabytes[NUMBER_TEXT_SIZE], iterations[NUMBER_TEXT_SIZE];

    if (result->ended_by == NULL)
        return;
    printf(
        "%s%sended by %s; downtime %s ms (%s's figure), predicted %s ms; total %s s, %s "
        "iterations, %s MB\n",
        report->domain != NULL ? report->domain : "", report->domain != NULL ? ": " : "",
        result->ended_by, number_fixed(downtime, result->downtime_ms, 0),
        strcmp(result->downtime_source, "qemu") == 0 ? "QEMU" : result->downtime_source,
        number_fixed(predicted, result->decided ? result->decision.downtime * 1e3 : (double)NAN, 0),
        number_fixed(total, result->total_ms / 1e3, 2),
        number_fixed(iterations, result->iterations, 0),
        number_fixed(megabytes, result->bytes / 1e6, 0));
}

int qmp_report_close(struct qmp_report *report, const struct qmp_result *result)
{
    int code = result->exit;

    clear_live(report);
    if (!has_room(stdout, RESULT_PATIENCE_MS))
        return code != EXIT_OK ? code : EXIT_OUTPUT;
    begin_line(stdout);
    if (report->json)
        result_json(report, result);
    else
        result_people(report, result);
    end_line(stdout);
    int written = finish_stdout(report->program, EXIT_OK);
    return code != EXIT_OK ? code : written;
}
