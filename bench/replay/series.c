/* SPDX-License-Identifier: MIT */
#include "series.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <command.h>
#include <counter.h>
#include <exit_codes.h>
#include <json_get.h>
#include <known_counters.h>
#include <query_migrate.h>

#include "sample.h"

struct reader {
    const char *program;
    struct series *series;
    struct trace *trace;
    precopyml_session *session; /* it finds the boundaries */
    struct precopyml_stats known;
    size_t room;
    struct sample_origin origin;
};

static void take_text(char *to, size_t size, const json_t *meta, const char *key)
{
    const char *text = json_string_value(json_object_get(meta, key));

    if (text)
        snprintf(to, size, "%s", text);
}

static bool make_room(struct reader *reader)
{
    struct series *series = reader->series;
    size_t more = reader->room ? 2 * reader->room : 256;
    struct series_point *grown;

    if (series->count < reader->room)
        return true;
    grown = realloc(series->points, more * sizeof *grown);
    if (!grown)
        return false;
    series->points = grown;
    reader->room = more;
    return true;
}

static int add_sample(struct reader *reader, const struct trace_record *record)
{
    struct series *series = reader->series;
    struct precopyml_stats stats = reader->known;
    int status = query_migrate_to_stats(record->body, record->t, &stats);
    struct series_point *point;
    bool boundary;

    if (isnan(counter(&stats, PRECOPYML_STAT_REMAINING)))
        return 0;
    sample_origin_note(&reader->origin, record->t, &stats);
    boundary = precopyml_session_observe(reader->session, &stats) == 1;
    if (status != MIGRATE_ACTIVE)
        return 0;
    if (!make_room(reader))
        return -ENOMEM;
    point = &series->points[series->count++];
    *point = (struct series_point){.t = record->t, .stats = stats};
    point->boundary.now = sample_of(&reader->origin, record->t, &stats);
    if (boundary)
        point->boundary.number = point->boundary.now.iteration - 1;
    return 0;
}

static int note(struct reader *reader, const struct trace_record *record)
{
    struct series *series = reader->series;
    double bytes;

    migration_end_note(&series->end, record);
    known_counters_note(&reader->known, record);
    if (record->kind == TRACE_META) {
        take_text(series->id, sizeof series->id, record->body, "id");
        take_text(series->split, sizeof series->split, record->body, "split");
    }
    if (record->kind != TRACE_SAMPLE)
        return 0;
    bytes = json_get_number(json_object_get(record->body, "ram"), "downtime-bytes");
    if (bytes > 0)
        series->downtime_bytes = bytes;
    return isnan(series->end.stopped_t) ? add_sample(reader, record) : 0;
}

/* Events are recorded as they arrive, which can be after a sample that was taken later. */
static void drop_after_stop(struct series *series)
{
    while (series->count > 0 && series->points[series->count - 1].t > series->end.stopped_t)
        series->count--;
}

/* A boundary that was seen once more had its first sample taken during the sync. */
static void mark_boundaries(struct series *series)
{
    struct peer_boundary *last = NULL;

    for (size_t i = 0; i < series->count; i++) {
        struct peer_boundary *boundary = &series->points[i].boundary;

        if (boundary->number == 0)
            continue;
        if (last && last->number == boundary->number)
            last->number = 0;
        last = boundary;
    }
}

static int collect_boundaries(struct series *series)
{
    const struct peer_sample *before = NULL;

    mark_boundaries(series);
    series->boundaries = calloc(series->count + 1, sizeof *series->boundaries);
    if (!series->boundaries)
        return -ENOMEM;
    for (size_t i = 0; i < series->count; i++) {
        struct series_point *point = &series->points[i];
        struct peer_boundary *boundary = &point->boundary;

        boundary->now.stats = &point->stats;
        if (boundary->number == 0)
            continue;
        sample_end_round(boundary, before);
        before = &boundary->now;
        series->boundaries[series->boundary_count++] = point;
    }
    return 0;
}

static int read_all(struct reader *reader)
{
    struct trace_record record;
    int result;

    while ((result = trace_next(reader->trace, &record)) > 0) {
        result = note(reader, &record);
        if (result < 0) {
            complain(reader->program, "%s", strerror(-result));
            return EXIT_RUNTIME;
        }
    }
    if (result == 0)
        return EXIT_OK;
    complain(reader->program, "%s", trace_error(reader->trace));
    return EXIT_BAD_INPUT;
}

static int open_all(struct reader *reader, const char *path)
{
    precopyml_model *model = NULL;
    int error = trace_open(&reader->trace, path);

    if (error < 0) {
        complain(reader->program, "%s",
                 reader->trace ? trace_error(reader->trace) : strerror(-error));
        return EXIT_BAD_INPUT;
    }
    error = precopyml_model_builtin(&model);
    if (!error)
        error = precopyml_session_create(model, NULL, &reader->session);
    precopyml_model_unref(&model);
    if (error)
        complain(reader->program, "%s", precopyml_error_message());
    return error ? EXIT_RUNTIME : EXIT_OK;
}

int series_read(struct series *series, const char *program, const char *path)
{
    struct reader reader = {.program = program,
                            .series = series,
                            .known = PRECOPYML_STATS_INIT,
                            .origin = SAMPLE_ORIGIN_INIT};
    int code;

    *series = (struct series){.split = "-", .downtime_bytes = NAN};
    snprintf(series->id, sizeof series->id, "%s", path);
    migration_end_init(&series->end);
    code = open_all(&reader, path);
    if (code == EXIT_OK)
        code = read_all(&reader);
    trace_close(reader.trace);
    precopyml_session_destroy(&reader.session);
    if (code != EXIT_OK)
        return code;
    drop_after_stop(series);
    if (collect_boundaries(series) == 0)
        return EXIT_OK;
    complain(program, "%s", strerror(ENOMEM));
    return EXIT_RUNTIME;
}

void series_promise(struct series *series, double rate)
{
    for (size_t i = 0; i < series->count; i++) {
        precopyml_stats_set(&series->points[i].stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH, rate);
        series->points[i].boundary.now.bandwidth = rate;
    }
}

void series_free(struct series *series)
{
    free(series->points);
    free(series->boundaries);
    *series = (struct series){.count = 0};
}
