/* SPDX-License-Identifier: MIT */
/*
 * What comes before the loop: is this a QEMU we can decide for, and, with --start, what the first
 * phase of the paper's Algorithm 1 checks before a migration begins.
 */
#ifndef QMP_PREPARE_H
#define QMP_PREPARE_H

#include "qmp_migration.h"
#include "qmp_options.h"

/*
 * EXIT_OK, and the migration's status as it was found; or an exit code after a message, and nothing
 * has been changed.
 */
int qmp_prepare_check(struct qmp_report *report, const struct qmp_options *options,
                      struct qmp_client *client, const struct qmp_source *source,
                      enum migrate_status *found);

/* Has QEMU send events, where it still can: *changed says that it may not have before. */
void qmp_prepare_events(struct qmp_client *client, const struct qmp_source *source, bool *changed);

/* Has QEMU allow throttling, before a start: *changed says that it may not have before. */
enum qmp_error qmp_prepare_throttle(struct qmp_client *client, const struct qmp_source *source,
                                    bool *changed);

/* Starts the migration. */
enum qmp_error qmp_prepare_start(struct qmp_client *client, const char *uri);

#endif
