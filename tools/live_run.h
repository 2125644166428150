/* SPDX-License-Identifier: MIT */
/* What comes before and after the loop: its settings, and what is written down in the end. */
#ifndef LIVE_RUN_H
#define LIVE_RUN_H

#include "live_options.h"
#include "qmp_migration.h"

/*
 * Sets the loop up as the options say, for the QEMU that `source` tells of. The client, session,
 * report, recorder, path and patience are the caller's to set before.
 */
void live_run_set_up(struct qmp_loop *loop, const struct live_options *options,
                     const struct qmp_source *source);

/* Begins the trace, where there is one. */
void live_run_describe(struct qmp_loop *loop, const struct qmp_source *source,
                       const char *recorded_by);

/*
 * Fills the stop in the loop's result, ends the trace and adds to the history. result->exit becomes
 * EXIT_OUTPUT where it was EXIT_OK and something could not be written.
 */
void live_run_write_down(struct qmp_loop *loop, const struct live_options *options,
                         const precopyml_model *model);

#endif
