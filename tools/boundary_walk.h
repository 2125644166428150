/* SPDX-License-Identifier: MIT */
/*
 * A walk along the boundaries of a recorded migration: its samples go through a session one by one,
 * as a front-end would show them, and each boundary comes out once, with what the session made of
 * it. Samples taken while the guest is stopped, or when pre-copy does not run, are no boundaries.
 *
 * Beside the contract's lines it uses, where they are there, events, parameters, and of the meta
 * line `id`, `vcpus`, `hold_ms` or `downtime_limit_ms` (QEMU's limit) and
 * `max_bandwidth_bytes_per_s`.
 */
#ifndef BOUNDARY_WALK_H
#define BOUNDARY_WALK_H

#include <precopyml.h>

#include "migration_end.h"

/* NaN stands for unknown. */
struct boundary_row {
    double t;          /* s, of the sample, as recorded */
    double remaining;  /* bytes, raw */
    double sync_count; /* raw */
    double elapsed;    /* s, by the hypervisor's clock */
    struct precopyml_features features;
    struct precopyml_decision decision;
};

struct boundary_walk {
    const char *program, *path; /* for messages */
    struct trace *trace;
    precopyml_session *session;
    bool ends_at_stop;            /* set it to end with the first row whose verdict is STOP */
    bool may_lack_samples;        /* set it where a trace without any is no mistake */
    char id[128];                 /* meta.id, or "" */
    struct migration_end end;     /* complete once boundary_walk_next() has returned 0 */
    struct precopyml_stats known; /* what is known beside the samples */
    struct boundary_row held;     /* the next sample may still correct it */
    bool holds;
    bool sampled;
    bool over;
};

/* EXIT_OK, or an exit code after a message. `options` may be NULL; all must outlive the walk. */
int boundary_walk_open(struct boundary_walk *walk, const char *program, const char *path,
                       precopyml_model *model, const struct precopyml_session_options *options);

/* 1 and a row; 0 at the end; minus an exit code after a message. */
int boundary_walk_next(struct boundary_walk *walk, struct boundary_row *row);

/* Also after a failed open. */
void boundary_walk_close(struct boundary_walk *walk);

#endif
