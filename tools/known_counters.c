/* SPDX-License-Identifier: MIT */
#include "known_counters.h"

#include <string.h>

#include "json_get.h"
#include "query_migrate.h"

static void set_known(struct precopyml_stats *known, enum precopyml_stat id, double value)
{
    if (value >= 0)
        precopyml_stats_set(known, id, value);
}

static void take_meta(struct precopyml_stats *known, const json_t *meta)
{
    set_known(known, PRECOPYML_STAT_VCPUS, json_get_number(meta, "vcpus"));
    set_known(known, PRECOPYML_STAT_DOWNTIME_LIMIT, json_get_number(meta, "hold_ms") / 1e3);
    set_known(known, PRECOPYML_STAT_DOWNTIME_LIMIT,
              json_get_number(meta, "downtime_limit_ms") / 1e3);
    set_known(known, PRECOPYML_STAT_RATE_CAP, json_get_number(meta, "max_bandwidth_bytes_per_s"));
}

/* QEMU tells the moment of a sync by an event. */
static void note_sync(struct precopyml_stats *known, const struct trace_record *record)
{
    if (strcmp(json_string_value(record->body), "MIGRATION_PASS") == 0)
        set_known(known, PRECOPYML_STAT_SYNC_TIME, record->t);
}

void known_counters_note(struct precopyml_stats *known, const struct trace_record *record)
{
    switch (record->kind) {
    case TRACE_META: take_meta(known, record->body); break;
    case TRACE_PARAMETERS: query_migrate_parameters_to_stats(record->body, known); break;
    case TRACE_EVENT: note_sync(known, record); break;
    case TRACE_SAMPLE:
    case TRACE_OUTCOME: break;
    }
}
