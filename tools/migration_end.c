/* SPDX-License-Identifier: MIT */
#include "migration_end.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json_get.h"
#include "query_migrate.h"

void migration_end_init(struct migration_end *end)
{
    *end = (struct migration_end){
        .stopped_t = NAN,
        .last_pass = NAN,
        .completed_t = NAN,
        .completed_total = NAN,
        .completed_syncs = NAN,
        .qemu_downtime = NAN,
        .downtime = NAN,
        .forced = -1,
        .decided_t = NAN,
        .decided_syncs = NAN,
    };
}

static void copy_word(char word[MIGRATION_END_WORD], const json_t *value)
{
    const char *text = json_string_value(value);

    snprintf(word, MIGRATION_END_WORD, "%s", text != NULL ? text : "");
}

static void note_event(struct migration_end *end, const struct trace_record *record)
{
    const char *name = json_string_value(record->body);
    const char *side = json_string_value(json_object_get(record->line, "side"));

    if (side != NULL && strcmp(side, "src") != 0)
        return;
    if (strcmp(name, "STOP") == 0)
        end->stopped_t = record->t;
    else if (strcmp(name, "RESUME") == 0 && side != NULL)
        end->stopped_t = NAN; /* it was somebody's pause, not the switchover */
    else if (strcmp(name, "MIGRATION_PASS") == 0 && !(record->t > end->stopped_t))
        end->last_pass = json_get_number(record->line, "pass");
}

static void note_sample(struct migration_end *end, const struct trace_record *record)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    int status = query_migrate_to_stats(record->body, record->t, &stats);

    if (status == MIGRATE_POSTCOPY)
        end->postcopy = true;
    if (status != MIGRATE_COMPLETED)
        return;
    if (isnan(end->completed_t))
        end->completed_t = record->t;
    if (isnan(end->completed_total))
        end->completed_total = query_migrate_total_time(record->body);
    if (isnan(end->completed_syncs) && stats.known >> PRECOPYML_STAT_SYNC_COUNT & 1)
        end->completed_syncs = stats.value[PRECOPYML_STAT_SYNC_COUNT];
    if (isnan(end->qemu_downtime))
        end->qemu_downtime = query_migrate_downtime(record->body);
}

static void note_outcome(struct migration_end *end, const json_t *outcome)
{
    const json_t *forced = json_object_get(outcome, "forced");
    const json_t *decided = json_object_get(outcome, "decided_at");
    double downtime =
        rint(json_get_number(outcome, "downtime_ms") * 1e6) / 1e9; /* 1053.484 is 1.053484 */

    end->downtime = downtime >= 0 ? downtime : (double)NAN;
    copy_word(end->source, json_object_get(outcome, "source"));
    copy_word(end->ended_by, json_object_get(outcome, "ended_by"));
    if (json_is_boolean(forced))
        end->forced = json_is_true(forced);
    end->invalid = json_is_false(json_object_get(outcome, "downtime_valid"));
    end->decided_t = json_get_number(decided, "t");
    end->decided_syncs = json_get_number(decided, "sync_count");
    if (decided == NULL && migration_end_was_asked_for(end))
        end->decided_t = json_get_number(outcome, "forced_t"); /* when the limit was raised */
    end->too_late = end->decided_t > end->stopped_t;
    if (end->too_late)
        end->decided_t = end->decided_syncs = NAN;
}

void migration_end_note(struct migration_end *end, const struct trace_record *record)
{
    switch (record->kind) {
    case TRACE_EVENT: note_event(end, record); break;
    case TRACE_SAMPLE: note_sample(end, record); break;
    case TRACE_OUTCOME: note_outcome(end, record->body); break;
    case TRACE_META:
    case TRACE_PARAMETERS: break;
    }
}

bool migration_end_was_asked_for(const struct migration_end *end)
{
    return !end->too_late && (end->forced == 1 || strcmp(end->ended_by, "us") == 0 ||
                              strcmp(end->ended_by, "force") == 0);
}
