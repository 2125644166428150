/* SPDX-License-Identifier: MIT */
#include "trace_recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <precopyml.h>

#include "command.h"
#include "exit_codes.h"
#include "json_line.h"

int trace_recorder_open(struct trace_recorder *recorder, const char *program, const char *path)
{
    *recorder = (struct trace_recorder){.open = false};
    if (path == NULL)
        return EXIT_OK;
    struct stat status;
    bool pipe = stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
    /* To open a pipe waits for its reader, and a migration for nobody. */
    int probe = pipe ? open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    if (pipe && probe < 0 && errno == ENXIO) {
        complain(program, "%s: nobody reads this pipe; start its reader first", path);
        return EXIT_OUTPUT;
    }
    int code = output_open(&recorder->output, program, path);
    recorder->open = code == EXIT_OK;
    if (probe >= 0)
        close(probe);
    return code;
}

/*
 * False when nothing is to be written. A file always has room; a pipe has it for a line (always
 * under PIPE_BUF) when it says so. Where it has none the trace ends, for its reader would have the
 * migration wait.
 */
static bool begin(struct trace_recorder *recorder, struct json_line *line)
{
    if (!recorder->open || recorder->cut_short)
        return false;
    struct pollfd watch = {.fd = fileno(recorder->output.stream), .events = POLLOUT};
    recorder->cut_short = poll(&watch, 1, 0) == 0;
    if (!recorder->cut_short)
        json_line_begin(line, recorder->output.stream);
    return !recorder->cut_short;
}

static void end(struct trace_recorder *recorder, struct json_line *line)
{
    json_line_end(line);
    fflush(recorder->output.stream); /* an error stays on the stream and shows at the end */
}

static void dump(struct json_line *line, const char *key, const json_t *object)
{
    json_line_open(line, key);
    json_dumpf(object, line->stream, JSON_COMPACT | JSON_EMBED);
    json_line_close(line);
}

void trace_recorder_meta(struct trace_recorder *recorder, const struct trace_meta *meta)
{
    struct json_line line;

    if (!begin(recorder, &line))
        return;
    json_line_open(&line, "meta");
    json_line_string(&line, "recorded_by", meta->recorded_by);
    json_line_string(&line, "version", precopyml_version());
    json_line_string(&line, "qemu", meta->qemu_version);
    json_line_number(&line, "operator_limit_ms", meta->operator_limit_ms);
    json_line_number(&line, "hold_ms", meta->limit_ms);
    if (isfinite(meta->vcpus))
        json_line_number(&line, "vcpus", meta->vcpus);
    dump(&line, "capabilities", meta->capabilities);
    json_line_close(&line);
    end(recorder, &line);
}

static void timed(struct trace_recorder *recorder, double t, const char *key, const json_t *object)
{
    struct json_line line;

    if (!begin(recorder, &line))
        return;
    json_line_number(&line, "t", t);
    dump(&line, key, object);
    end(recorder, &line);
}

void trace_recorder_parameters(struct trace_recorder *recorder, double t, const json_t *parameters)
{
    timed(recorder, t, "query-migrate-parameters", parameters);
}

void trace_recorder_sample(struct trace_recorder *recorder, double t, const json_t *reply)
{
    timed(recorder, t, "query-migrate", reply);
}

void trace_recorder_event(struct trace_recorder *recorder, double t, const char *name,
                          const json_t *data)
{
    const json_t *pass = json_object_get(data, "pass");
    const json_t *status = json_object_get(data, "status");
    struct json_line line;

    if (!begin(recorder, &line))
        return;
    json_line_number(&line, "t", t);
    json_line_string(&line, "event", name);
    json_line_string(&line, "side", "src");
    if (json_is_number(pass))
        json_line_number(&line, "pass", json_number_value(pass));
    if (json_is_string(status))
        json_line_string(&line, "status", json_string_value(status));
    end(recorder, &line);
}

void trace_recorder_outcome(struct trace_recorder *recorder, const struct trace_outcome *outcome)
{
    struct json_line line;

    if (!begin(recorder, &line))
        return;
    json_line_open(&line, "outcome");
    if (isfinite(outcome->downtime_ms)) {
        json_line_number(&line, "downtime_ms", outcome->downtime_ms);
        json_line_string(&line, "source", outcome->source);
    }
    json_line_bool(&line, "forced", false);
    json_line_string(&line, "ended_by", outcome->ended_by);
    if (outcome->stop != NULL) {
        json_line_open(&line, "decided_at");
        stop_record_write(&line, outcome->stop);
        json_line_close(&line);
    }
    json_line_close(&line);
    end(recorder, &line);
}

int trace_recorder_close(struct trace_recorder *recorder)
{
    if (!recorder->open)
        return EXIT_OK;
    recorder->open = false;
    if (!recorder->cut_short)
        return output_commit(&recorder->output);
    complain(recorder->output.program, "%s: its reader is too slow: the trace is cut short",
             recorder->output.path);
    output_discard(&recorder->output);
    return EXIT_OUTPUT;
}
