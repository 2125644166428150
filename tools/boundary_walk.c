/* SPDX-License-Identifier: MIT */
#include "boundary_walk.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "counter.h"
#include "exit_codes.h"
#include "known_counters.h"
#include "query_migrate.h"

int boundary_walk_open(struct boundary_walk *walk, const char *program, const char *path,
                       precopyml_model *model, const struct precopyml_session_options *options)
{
    int error;

    *walk = (struct boundary_walk){.program = program, .path = path, .known = PRECOPYML_STATS_INIT};
    migration_end_init(&walk->end);
    error = trace_open(&walk->trace, path);
    if (error < 0) {
        complain(program, "%s", walk->trace != NULL ? trace_error(walk->trace) : strerror(-error));
        return EXIT_BAD_INPUT;
    }
    error = precopyml_session_create(model, options, &walk->session);
    if (error < 0) {
        complain(program, "%s", precopyml_error_message());
        return error == -ENOMEM ? EXIT_RUNTIME : EXIT_USAGE;
    }
    return EXIT_OK;
}

static void take_id(struct boundary_walk *walk, const json_t *meta)
{
    const char *id = json_string_value(json_object_get(meta, "id"));

    if (id != NULL)
        snprintf(walk->id, sizeof(walk->id), "%s", id);
}

/* Shows one sample to the session; 1 and a row when it is a boundary. */
static int observe(struct boundary_walk *walk, const struct trace_record *record,
                   struct boundary_row *row)
{
    struct precopyml_stats stats = walk->known;

    query_migrate_to_stats(record->body, record->t, &stats);
    if (precopyml_session_observe(walk->session, &stats) != 1)
        return 0;
    *row = (struct boundary_row){
        .t = record->t,
        .remaining = counter(&stats, PRECOPYML_STAT_REMAINING),
        .sync_count = counter(&stats, PRECOPYML_STAT_SYNC_COUNT),
        .elapsed = counter(&stats, PRECOPYML_STAT_ELAPSED),
        .features = PRECOPYML_FEATURES_INIT,
        .decision = PRECOPYML_DECISION_INIT,
    };
    precopyml_session_features(walk->session, &row->features);
    precopyml_should_stop(walk->session, NULL, &row->decision); /* an error is its reason */
    return 1;
}

enum step { STEP_END, STEP_SAMPLE, STEP_BOUNDARY };

/* Reads up to the next sample: an enum step, with a row at a boundary, or minus an exit code. */
static int step(struct boundary_walk *walk, struct boundary_row *row)
{
    struct trace_record record;
    int result;

    while ((result = trace_next(walk->trace, &record)) > 0) {
        migration_end_note(&walk->end, &record);
        known_counters_note(&walk->known, &record);
        walk->sampled |= record.kind == TRACE_SAMPLE;
        if (record.kind == TRACE_META)
            take_id(walk, record.body);
        else if (record.kind == TRACE_SAMPLE && isnan(walk->end.stopped_t))
            return observe(walk, &record, row) ? STEP_BOUNDARY : STEP_SAMPLE;
    }
    if (result == 0 && (walk->sampled || walk->may_lack_samples))
        return STEP_END;
    if (result == 0)
        complain(walk->program, "%s: no sample in it, a line with \"query-migrate\"",
                 strcmp(walk->path, "-") == 0 ? "standard input" : walk->path);
    else
        complain(walk->program, "%s", trace_error(walk->trace));
    return -EXIT_BAD_INPUT;
}

/* Whether `found` is the held boundary once more, its first sample having come during the sync. */
static bool corrects(const struct boundary_walk *walk, const struct boundary_row *found)
{
    const struct boundary_row *held = &walk->held;

    return found->decision.boundary == held->decision.boundary &&
           !(found->sync_count < held->sync_count) && !(found->sync_count > held->sync_count);
}

static int release(struct boundary_walk *walk, struct boundary_row *row)
{
    *row = walk->held;
    walk->holds = false;
    return 1;
}

int boundary_walk_next(struct boundary_walk *walk, struct boundary_row *row)
{
    for (;;) {
        struct boundary_row found;
        int result = walk->over ? STEP_END : step(walk, &found);
        bool ready;

        walk->over = result <= STEP_END;
        if (result < 0)
            return result;
        /* Events are recorded as they arrive, which can be after a sample that was taken later. */
        if (walk->holds && walk->held.t > walk->end.stopped_t)
            walk->holds = false;
        /* A front-end acts at once; it does not wait for what the next sample corrects. */
        if (walk->holds && walk->ends_at_stop && walk->held.decision.verdict == PRECOPYML_STOP) {
            walk->over = true;
            return release(walk, row);
        }
        if (result == STEP_END)
            return walk->holds ? release(walk, row) : 0;
        if (result == STEP_SAMPLE)
            continue;
        ready = walk->holds && !corrects(walk, &found);
        if (ready)
            *row = walk->held;
        walk->held = found;
        walk->holds = true;
        if (ready)
            return 1;
    }
}

void boundary_walk_close(struct boundary_walk *walk)
{
    trace_close(walk->trace);
    walk->trace = NULL;
    precopyml_session_destroy(&walk->session);
}
