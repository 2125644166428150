/* SPDX-License-Identifier: MIT */
#include "query_migrate.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "json_get.h"

static const double per_second = 1e3; /* milliseconds; dividing keeps 471 ms the double 0.471 */
static const double default_downtime_limit = 0.3; /* s, QEMU's */

/* The member as a number, NaN when it cannot be one of QEMU's counters. */
static double number(const json_t *object, const char *key)
{
    double result = json_get_number(object, key);

    return result >= 0 && isfinite(result) ? result : (double)NAN;
}

static void set(struct precopyml_stats *stats, enum precopyml_stat id, double value)
{
    if (!isnan(value)) /* what another reply said stays */
        precopyml_stats_set(stats, id, value);
}

static double get(const struct precopyml_stats *stats, enum precopyml_stat id)
{
    return stats->known >> id & 1 ? stats->value[id] : (double)NAN;
}

static enum migrate_status status_of(const json_t *reply)
{
    static const struct {
        const char *name;
        enum migrate_status status;
    } names[] = {
        {"none", MIGRATE_NONE},
        {"setup", MIGRATE_SETUP},
        {"wait-unplug", MIGRATE_SETUP},
        {"active", MIGRATE_ACTIVE},
        {"pre-switchover", MIGRATE_SWITCHOVER},
        {"device", MIGRATE_SWITCHOVER},
        {"cancelling", MIGRATE_CANCELLING},
        {"cancelled", MIGRATE_CANCELLED},
        {"completed", MIGRATE_COMPLETED},
        {"failing", MIGRATE_FAILED},
        {"failed", MIGRATE_FAILED},
    };
    const char *text = json_string_value(json_object_get(reply, "status"));

    if (text == NULL)
        return MIGRATE_NONE;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i].name) == 0)
            return names[i].status;
    return strncmp(text, "postcopy-", strlen("postcopy-")) == 0 ? MIGRATE_POSTCOPY : MIGRATE_OTHER;
}

static void read_ram(const json_t *ram, struct precopyml_stats *stats)
{
    static const struct {
        const char *key;
        enum precopyml_stat id;
        double unit;
    } fields[] = {
        {"total", PRECOPYML_STAT_MEMORY_TOTAL, 1},
        {"remaining", PRECOPYML_STAT_REMAINING, 1},
        {"transferred", PRECOPYML_STAT_TRANSFERRED, 1},
        {"page-size", PRECOPYML_STAT_PAGE_SIZE, 1},
        {"duplicate", PRECOPYML_STAT_ZERO_PAGES, 1},
        {"normal", PRECOPYML_STAT_NORMAL_PAGES, 1},
        {"dirty-pages-rate", PRECOPYML_STAT_DIRTY_RATE, 1},
        {"dirty-sync-count", PRECOPYML_STAT_SYNC_COUNT, 1},
        {"pages-per-second", PRECOPYML_STAT_PAGES_PER_SECOND, 1},
        {"mbps", PRECOPYML_STAT_BANDWIDTH, 1e6 / 8}, /* megabits; for bytes */
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        set(stats, fields[i].id, number(ram, fields[i].key) * fields[i].unit);
}

/*
 * What is not RAM: block migration reported `disk` up to 9.0; since 11.1 a `remaining` beside `ram`
 * counts the whole system. In between nobody says.
 */
static void read_other_pending(const json_t *reply, struct precopyml_stats *stats)
{
    double everything = number(reply, "remaining");
    double ram = get(stats, PRECOPYML_STAT_REMAINING);

    if (everything >= ram)
        set(stats, PRECOPYML_STAT_OTHER_PENDING, everything - ram);
    else
        set(stats, PRECOPYML_STAT_OTHER_PENDING,
            number(json_object_get(reply, "disk"), "remaining"));
}

static void read_expected_downtime(const json_t *reply, struct precopyml_stats *stats)
{
    double expected = number(reply, "expected-downtime") / per_second;
    double limit = get(stats, PRECOPYML_STAT_DOWNTIME_LIMIT);
    double initial = isnan(limit) ? default_downtime_limit : limit;
    /* Right after the second sync QEMU has a dirty rate, but mostly no new forecast yet. */
    bool refreshed = get(stats, PRECOPYML_STAT_SYNC_COUNT) >= 3;

    if (refreshed || fabs(expected - initial) > 0.5 / per_second)
        set(stats, PRECOPYML_STAT_EXPECTED_DOWNTIME, expected);
}

int query_migrate_to_stats(const json_t *reply, double t, struct precopyml_stats *stats)
{
    enum migrate_status status = status_of(reply);
    const json_t *throttle = json_object_get(reply, "cpu-throttle-percentage");

    set(stats, PRECOPYML_STAT_TIME, t);
    if (status != MIGRATE_NONE)
        set(stats, PRECOPYML_STAT_ACTIVE, status == MIGRATE_ACTIVE);
    set(stats, PRECOPYML_STAT_ELAPSED, number(reply, "total-time") / per_second);
    read_ram(json_object_get(reply, "ram"), stats);
    read_other_pending(reply, stats);
    read_expected_downtime(reply, stats);
    if (throttle != NULL)
        set(stats, PRECOPYML_STAT_THROTTLE, number(reply, "cpu-throttle-percentage"));
    else if (status == MIGRATE_ACTIVE)
        set(stats, PRECOPYML_STAT_THROTTLE, 0); /* the field is there only while QEMU throttles */
    return status;
}

void query_migrate_parameters_to_stats(const json_t *reply, struct precopyml_stats *stats)
{
    set(stats, PRECOPYML_STAT_DOWNTIME_LIMIT, number(reply, "downtime-limit") / per_second);
    set(stats, PRECOPYML_STAT_RATE_CAP, number(reply, "max-bandwidth"));
    set(stats, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH, number(reply, "avail-switchover-bandwidth"));
}

double query_migrate_downtime(const json_t *reply)
{
    return status_of(reply) == MIGRATE_COMPLETED ? number(reply, "downtime") / per_second
                                                 : (double)NAN;
}

double query_migrate_total_time(const json_t *reply)
{
    return number(reply, "total-time") / per_second;
}
