/* SPDX-License-Identifier: MIT */
#include "finished.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "boundary_walk.h"
#include "command.h"
#include "counter.h"
#include "exit_codes.h"
#include "json_get.h"
#include "migration_end.h"
#include "query_migrate.h"

static const struct {
    const char *name, *text;
} objections[OBJECTION_COUNT] = {
    [OBJECTION_NONE] = {"none", "counts"},
    [OBJECTION_UNREADABLE] = {"unreadable", "cannot be read"},
    [OBJECTION_NO_OUTCOME] = {"no-outcome", "it is not known how they ended"},
    [OBJECTION_FORCED] = {"forced", "forced at a boundary that a plan had chosen"},
    [OBJECTION_QEMU] = {"ended-by-qemu", "ended by QEMU's own rule"},
    [OBJECTION_POSTCOPY] = {"post-copy", "went to post-copy"},
    [OBJECTION_OTHER_END] = {"ended-otherwise", "ended by somebody else, or not at all"},
    [OBJECTION_NO_FORECAST] = {"no-forecast", "no forecast at the stop"},
    [OBJECTION_NO_DOUBT] = {"no-doubt", "no doubt recorded at the stop; traces can be replayed"},
    [OBJECTION_OTHER_MODEL] = {"other-model", "decided with another model"},
    [OBJECTION_OTHER_POLICY] = {"other-policy", "decided by another policy"},
    [OBJECTION_DEADLINE] = {"deadline", "stopped by the deadline"},
    [OBJECTION_THROTTLED] = {"throttled", "the guest was throttled"},
    [OBJECTION_EXTRAPOLATED] = {"extrapolated", "outside what the model was trained on"},
    [OBJECTION_NO_DOWNTIME] = {"no-downtime", "no downtime measured"},
    [OBJECTION_OTHER_SOURCE] = {"other-source", "downtime measured in another way"},
};

const char *objection_name(enum objection objection)
{
    return objections[objection].name;
}

const char *objection_text(enum objection objection)
{
    return objections[objection].text;
}

static enum objection objection_to_end(const struct finished *finished)
{
    const char *by = finished->ended_by;

    if (finished->postcopy || strcmp(by, "postcopy") == 0)
        return OBJECTION_POSTCOPY;
    if (finished->forced || strcmp(by, "force") == 0)
        return OBJECTION_FORCED;
    if (strcmp(by, "qemu") == 0 || (strcmp(by, "us") == 0 && finished->too_late))
        return OBJECTION_QEMU;
    if (*by == '\0')
        return OBJECTION_NO_OUTCOME;
    return strcmp(by, "us") == 0 ? OBJECTION_NONE : OBJECTION_OTHER_END;
}

static enum objection objection_to_stop(const struct stop_record *stop, const struct wanted *wanted)
{
    if (!(stop->forecast > 0))
        return OBJECTION_NO_FORECAST;
    if (!(stop->doubt > 0))
        return OBJECTION_NO_DOUBT;
    if (strcmp(stop->model, wanted->model) != 0)
        return OBJECTION_OTHER_MODEL;
    if (wanted->policy != NULL && strcmp(stop->policy, wanted->policy) != 0)
        return OBJECTION_OTHER_POLICY;
    if (strcmp(stop->reason, precopyml_reason_name(PRECOPYML_REASON_DEADLINE)) == 0)
        return OBJECTION_DEADLINE;
    if (stop->throttled)
        return OBJECTION_THROTTLED;
    return stop->extrapolating ? OBJECTION_EXTRAPOLATED : OBJECTION_NONE;
}

enum objection finished_objection(const struct finished *finished, const struct wanted *wanted)
{
    enum objection objection = objection_to_end(finished);

    if (objection == OBJECTION_NONE)
        objection = objection_to_stop(&finished->stop, wanted);
    if (objection != OBJECTION_NONE)
        return objection;
    if (finished->invalid || !isfinite(finished_score(finished)))
        return OBJECTION_NO_DOWNTIME;
    return strcmp(finished->source, wanted->source) == 0 ? OBJECTION_NONE : OBJECTION_OTHER_SOURCE;
}

double finished_score(const struct finished *finished)
{
    return log(finished->downtime / finished->stop.forecast) / finished->stop.doubt;
}

/* ---- Traces --------------------------------------------------------------------------------- */

static void note_throttle(const struct trace_record *record, bool *throttled)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    query_migrate_to_stats(record->body, record->t, &stats);
    if (counter(&stats, PRECOPYML_STAT_THROTTLE) > 0)
        *throttled = true;
}

static int read_records(struct finished *finished, struct trace *trace, struct migration_end *end)
{
    struct trace_record record;
    bool throttled = false;
    int result;

    while ((result = trace_next(trace, &record)) > 0) {
        migration_end_note(end, &record);
        if (record.kind == TRACE_SAMPLE)
            note_throttle(&record, &throttled);
        else if (record.kind == TRACE_OUTCOME)
            stop_record_read(&finished->stop, json_object_get(record.body, "decided_at"));
    }
    finished->stop.throttled |= throttled;
    return result;
}

int finished_read_trace(struct finished *finished, const char *program, const char *path)
{
    struct migration_end end;
    struct trace *trace = NULL;
    int error = trace_open(&trace, path);

    *finished = (struct finished){.time = NAN, .downtime = NAN};
    stop_record_read(&finished->stop, NULL);
    migration_end_init(&end);
    if (error == 0)
        error = read_records(finished, trace, &end);
    if (error < 0)
        complain(program, "%s", trace != NULL ? trace_error(trace) : strerror(-error));
    trace_close(trace);
    finished->downtime = end.downtime;
    finished->forced = end.forced == 1;
    finished->postcopy = end.postcopy;
    finished->too_late = end.too_late;
    finished->invalid = end.invalid;
    snprintf(finished->source, sizeof finished->source, "%s", end.source);
    snprintf(finished->ended_by, sizeof finished->ended_by, "%s", end.ended_by);
    return error < 0 ? EXIT_BAD_INPUT : EXIT_OK;
}

/* The boundary of the stop, which the trace may lack. Fails as boundary_walk_next() does. */
static int find_stop(struct boundary_walk *walk, const struct stop_record *stop,
                     struct boundary_row *row)
{
    int result;

    while ((result = boundary_walk_next(walk, row)) > 0) {
        if (row->sync_count == stop->sync_count)
            return result;
    }
    return result;
}

int finished_replay(struct finished *finished, const char *program, const char *path,
                    precopyml_model *model)
{
    struct stop_record *stop = &finished->stop;
    struct boundary_walk walk;
    struct boundary_row row;
    int result;

    if (objection_to_end(finished) != OBJECTION_NONE)
        return EXIT_OK;
    result = -boundary_walk_open(&walk, program, path, model, NULL);
    walk.may_lack_samples = true; /* then it lacks the stop, too, and is left out */
    if (result == 0)
        result = find_stop(&walk, stop, &row);
    boundary_walk_close(&walk);
    if (result < 0)
        return -result;
    stop->forecast = result > 0 ? row.decision.downtime : (double)NAN;
    stop->doubt = result > 0 ? row.decision.doubt : (double)NAN;
    stop->extrapolating = result > 0 && (row.decision.flags & PRECOPYML_FLAG_EXTRAPOLATING) != 0;
    fingerprint_text(stop->model, model);
    return EXIT_OK;
}

/* ---- Histories ------------------------------------------------------------------------------ */

static void read_word(char word[STOP_RECORD_WORD], const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    snprintf(word, STOP_RECORD_WORD, "%s", text != NULL ? text : "");
}

void finished_read(struct finished *finished, const json_t *object)
{
    *finished = (struct finished){
        .time = json_get_number(object, "time"),
        .downtime = json_get_number(object, "downtime_ms") / 1e3,
        .forced = json_is_true(json_object_get(object, "forced")),
    };
    read_word(finished->source, object, "source");
    read_word(finished->ended_by, object, "ended_by");
    stop_record_read(&finished->stop, json_object_get(object, "stop"));
}

void finished_write(struct json_line *line, const struct finished *finished)
{
    json_line_number(line, "time", finished->time);
    json_line_string(line, "ended_by", finished->ended_by);
    json_line_bool(line, "forced", finished->forced);
    json_line_number(line, "downtime_ms", finished->downtime * 1e3);
    json_line_string(line, "source", *finished->source != '\0' ? finished->source : NULL);
    if (isnan(finished->stop.forecast)) {
        json_line_null(line, "stop");
        return;
    }
    json_line_open(line, "stop");
    stop_record_write(line, &finished->stop);
    json_line_close(line);
}
