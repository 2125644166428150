/* SPDX-License-Identifier: MIT */
/*
 * QEMU's replies as counters: the one place that knows how its versions differ. Every field is
 * optional; one that is missing, of a wrong type, negative or not finite is unknown.
 */
#ifndef QUERY_MIGRATE_H
#define QUERY_MIGRATE_H

#include <jansson.h>

#include <precopyml.h>

enum migrate_status {
    MIGRATE_NONE,       /* "none", or no status: nothing is known */
    MIGRATE_SETUP,      /* "setup", "wait-unplug" */
    MIGRATE_ACTIVE,     /* pre-copy runs */
    MIGRATE_SWITCHOVER, /* "pre-switchover", "device": the guest is stopped */
    MIGRATE_POSTCOPY,   /* "postcopy-*" */
    MIGRATE_CANCELLING,
    MIGRATE_CANCELLED,
    MIGRATE_COMPLETED,
    MIGRATE_FAILED,
    MIGRATE_OTHER /* a status this program does not know */
};

/*
 * Adds to `stats` what the value of query-migrate's `return`, received at `t`, says; returns an
 * enum migrate_status. `stats` was set with PRECOPYML_STATS_INIT and may hold what other replies
 * said (the limit, the vCPUs): expected-downtime begins as a copy of the downtime limit (300 ms
 * when that is unknown), so this value is no forecast, and unknown, while the sync count is
 * under 3.
 */
int query_migrate_to_stats(const json_t *reply, double t, struct precopyml_stats *stats);

/* Adds what query-migrate-parameters' `return` says: downtime limit, rate cap, switchover rate. */
void query_migrate_parameters_to_stats(const json_t *reply, struct precopyml_stats *stats);

/* Seconds, NaN when unknown. QEMU gives `downtime` only with "completed", and not always at once.
 */
double query_migrate_downtime(const json_t *reply);
double query_migrate_total_time(const json_t *reply);

#endif
