/* SPDX-License-Identifier: MIT */
#include "simulation_trace.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <precopyml.h>

#include "json_line.h"

enum { LINE = 1024 }; /* no line is longer */

static void put_text(struct simulation_trace *trace, const char *text)
{
    size_t length = strlen(text);

    memcpy(trace->data + trace->length, text, length);
    trace->length += length;
}

static void put_whole(struct simulation_trace *trace, uint64_t value)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0)
        trace->data[trace->length++] = digits[--count];
}

/* Up to six digits after the point; for values from 0 to 10^12. */
static void put_decimal(struct simulation_trace *trace, double value)
{
    uint64_t millionths = (uint64_t)llrint(value * 1e6), unit = 100000;

    put_whole(trace, millionths / 1000000);
    millionths %= 1000000;
    if (millionths > 0)
        trace->data[trace->length++] = '.';
    for (; millionths > 0; unit /= 10) {
        trace->data[trace->length++] = (char)('0' + millionths / unit);
        millionths %= unit;
    }
}

static void put_member(struct simulation_trace *trace, const char *key, double whole)
{
    put_text(trace, key);
    put_whole(trace, whole > 0 ? (uint64_t)whole : 0);
}

/* Makes room for one more line and begins it; false: there is no memory. */
static bool begin_line(struct simulation_trace *trace, double t)
{
    if (trace->capacity - trace->length < LINE) {
        size_t capacity = 2 * trace->capacity + 64 * LINE;
        char *data = trace->failed ? NULL : realloc(trace->data, capacity);

        if (data == NULL) {
            trace->failed = true;
            return false;
        }
        trace->data = data;
        trace->capacity = capacity;
    }
    put_text(trace, "{\"t\":");
    put_decimal(trace, t);
    return true;
}

static void add_event(const struct simulation_event *event, void *opaque)
{
    struct simulation_trace *trace = opaque;

    if (!begin_line(trace, event->t))
        return;
    switch (event->kind) {
    case SIMULATION_PASS:
        put_text(trace, ",\"event\":\"MIGRATION_PASS\",\"side\":\"src\"");
        put_member(trace, ",\"pass\":", event->pass);
        put_text(trace, "}\n");
        break;
    case SIMULATION_STOP: put_text(trace, ",\"event\":\"STOP\",\"side\":\"src\"}\n"); break;
    case SIMULATION_RESUME: put_text(trace, ",\"event\":\"RESUME\",\"side\":\"dst\"}\n"); break;
    }
}

static bool add_sample(const struct simulation_sample *sample, void *opaque)
{
    struct simulation_trace *trace = opaque;

    if (!begin_line(trace, sample->t))
        return false;
    put_text(trace, ",\"query-migrate\":{\"status\":");
    put_text(trace, sample->completed ? "\"completed\"" : "\"active\"");
    put_text(trace, ",\"setup-time\":1");
    put_member(trace, ",\"total-time\":", sample->total * 1e3);
    if (sample->completed)
        put_member(trace, ",\"downtime\":", rint(sample->downtime * 1e3));
    else
        put_member(trace, ",\"expected-downtime\":", sample->expected * 1e3);
    if (sample->throttle > 0 && !sample->completed)
        put_member(trace, ",\"cpu-throttle-percentage\":", sample->throttle);
    put_member(trace, ",\"ram\":{\"total\":", sample->memory);
    put_member(trace, ",\"remaining\":", sample->remaining);
    put_member(trace, ",\"transferred\":", sample->transferred);
    put_member(trace, ",\"downtime-bytes\":", sample->switched);
    put_member(trace, ",\"duplicate\":", sample->zero);
    put_member(trace, ",\"normal\":", sample->normal);
    put_member(trace, ",\"normal-bytes\":", sample->normal * SCENARIO_PAGE);
    put_text(trace, ",\"page-size\":4096");
    put_member(trace, ",\"dirty-sync-count\":", sample->syncs);
    put_member(trace, ",\"dirty-pages-rate\":", sample->completed ? 0 : sample->dirty_rate);
    put_member(trace, ",\"pages-per-second\":", sample->pages_per_second);
    put_text(trace, ",\"mbps\":");
    put_decimal(trace, sample->bandwidth * 8 / 1e6);
    put_text(trace, "}}}\n"); /* the innermost is `ram` */
    return false;
}

void simulation_trace_start(struct simulation_trace *trace)
{
    trace->length = 0;
    trace->failed = false;
    trace->observer = (struct simulation_observer){add_event, add_sample, trace};
    if (begin_line(trace, 0)) /* nobody has begun a migration yet */
        put_text(trace, ",\"query-migrate\":{}}\n");
}

void simulation_trace_free(struct simulation_trace *trace)
{
    free(trace->data);
    *trace = (struct simulation_trace){.data = NULL};
}

void simulation_trace_id(const struct simulation_label *label, char *id, size_t size)
{
    char word[65];
    size_t length = 0;

    for (const char *c = label->workload; *c != '\0' && length < sizeof(word) - 1; c++)
        word[length++] = (char)(isalnum((unsigned char)*c) || *c == '.' ? *c : '-');
    word[length] = '\0';
    snprintf(id, size, "sim-%s-%llu-%lu", word, (unsigned long long)label->seed,
             (unsigned long)label->run);
}

/* Everything that decides what comes out, beside workload, seed and run. */
static void write_parameters(struct json_line *line, const struct scenario *scenario)
{
    const struct {
        const char *name;
        double value;
    } parameters[] = {
        {"memory_bytes", scenario->guest.pages * SCENARIO_PAGE},
        {"used_bytes", scenario->guest.used * SCENARIO_PAGE},
        {"fake_dirty_share", scenario->guest.fake_share},
        {"variation", scenario->guest.variation},
        {"expected", scenario->guest.expected},
        {"link_low_bytes_per_s", scenario->link.low},
        {"link_high_bytes_per_s", scenario->link.high},
        {"link_hold_s", scenario->link.hold},
        {"link_payload_share", scenario->link.payload},
        {"drop_from_s", scenario->link.drop.start},
        {"drop_until_s", scenario->link.drop.end},
        {"drop_share", scenario->link.drop_share},
        {"overhead_median_s", scenario->overhead.median},
        {"overhead_sigma", scenario->overhead.sigma},
        {"overhead_tail_share", scenario->overhead.tail_share},
        {"overhead_tail_median_s", scenario->overhead.tail_median},
        {"overhead_tail_sigma", scenario->overhead.tail_sigma},
        {"auto_converge", scenario->sender.throttle.enabled},
        {"give_up_s", scenario->control.give_up},
        {"poll_s", scenario->control.poll},
    };

    json_line_open(line, "parameters");
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
        if (isfinite(parameters[i].value))
            json_line_number(line, parameters[i].name, parameters[i].value);
    json_line_close(line);
}

static void write_meta(const struct simulation_label *label, const struct scenario *scenario,
                       FILE *stream)
{
    const struct control *control = &scenario->control;
    struct json_line line;
    char text[256];

    json_line_begin(&line, stream);
    json_line_open(&line, "meta");
    simulation_trace_id(label, text, sizeof(text));
    json_line_string(&line, "id", text);
    json_line_bool(&line, "simulated", true);
    json_line_string(&line, "recorded_by", "precopyml simulate");
    json_line_string(&line, "version", precopyml_version());
    json_line_number(&line, "seed", (double)label->seed);
    json_line_number(&line, "run", label->run);
    json_line_string(&line, "workload", label->workload);
    json_line_string(&line, "link", label->link);
    json_line_number(&line, "ram_mib", scenario->guest.pages * SCENARIO_PAGE / (1 << 20));
    json_line_number(&line, "downtime_limit_ms", scenario->sender.limit * 1e3);
    if (isfinite(scenario->sender.cap))
        json_line_number(&line, "max_bandwidth_bytes_per_s", scenario->sender.cap);
    if (control->stop_least >= 1)
        snprintf(text, sizeof(text), "force:%.0f:%.0f", control->stop_least, control->stop_most);
    else if (isfinite(control->unstopped))
        snprintf(text, sizeof(text), "unstopped:%.0f", control->unstopped);
    else
        snprintf(text, sizeof(text), "qemu");
    json_line_string(&line, "decide", text);
    write_parameters(&line, scenario);
    json_line_close(&line);
    json_line_end(&line);
}

const char *simulation_end_word(enum simulation_end end)
{
    switch (end) {
    case SIMULATION_FORCE: return "force";
    case SIMULATION_CANCELLED: return "cancelled";
    case SIMULATION_QEMU: break;
    }
    return "qemu";
}

/* Whole microseconds, as QEMU's events have them. */
static double micro(double seconds)
{
    return rint(seconds * 1e6) / 1e6;
}

static void write_outcome(const struct simulation_result *result, FILE *stream)
{
    bool completed = result->end != SIMULATION_CANCELLED;
    struct json_line line;

    json_line_begin(&line, stream);
    json_line_open(&line, "outcome");
    json_line_number(&line, "downtime_ms", rint(result->downtime * 1e6) / 1e3);
    json_line_string(&line, "source", "simulation");
    json_line_number(&line, "qemu_downtime_ms", rint(result->qemu_downtime * 1e3));
    json_line_bool(&line, "forced", result->end == SIMULATION_FORCE);
    json_line_string(&line, "ended_by", simulation_end_word(result->end));
    json_line_string(&line, "status", completed ? "completed" : "cancelled");
    json_line_number(&line, "tmt_s", micro(result->total));
    json_line_number(&line, "stopped_t", micro(result->stopped_t));
    json_line_number(&line, "forced_t", micro(result->forced_t));
    json_line_bool(&line, "downtime_valid", completed);
    json_line_close(&line);
    json_line_end(&line);
}

void simulation_trace_write(const struct simulation_trace *trace,
                            const struct simulation_label *label, const struct scenario *scenario,
                            const struct simulation_result *result, FILE *stream)
{
    write_meta(label, scenario, stream);
    fwrite(trace->data, 1, trace->length, stream);
    write_outcome(result, stream);
}
