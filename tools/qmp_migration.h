/* SPDX-License-Identifier: MIT */
/* What a source QEMU says of itself before and during a migration, and the settings we touch. */
#ifndef QMP_MIGRATION_H
#define QMP_MIGRATION_H

#include "qmp_client.h"

#include <precopyml.h>

struct qmp_source {
    json_t *parameters;           /* as query-migrate-parameters returned them */
    json_t *capabilities;         /* {"events": false, ...} */
    double downtime_limit;        /* ms, the operator's; NaN: QEMU does not say */
    struct precopyml_stats known; /* counters that query-migrate does not have */
};

/* Reads all of it. On success give it back with qmp_source_free(). */
enum qmp_error qmp_source_read(struct qmp_client *client, struct qmp_source *source);
void qmp_source_free(struct qmp_source *source);

bool qmp_source_can(const struct qmp_source *source, const char *capability);

/* The downtime-limit that is set now, in ms; NaN when QEMU does not say. */
enum qmp_error qmp_get_downtime_limit(struct qmp_client *client, double *ms);
enum qmp_error qmp_set_downtime_limit(struct qmp_client *client, double ms);

/* Such as `events`: MIGRATION and MIGRATION_PASS are sent. QEMU refuses while a migration runs. */
enum qmp_error qmp_set_capability(struct qmp_client *client, const char *name, bool on);

#endif
