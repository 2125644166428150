/* SPDX-License-Identifier: MIT */
/* A recorded migration in memory: every sample until the guest stood, the boundaries marked. */
#ifndef SERIES_H
#define SERIES_H

#include <migration_end.h>
#include <peer.h>

struct series_point {
    double t; /* s, as recorded */
    struct precopyml_stats stats;
    struct peer_boundary boundary; /* number 0: a sample between boundaries, only `now` is set */
};

struct series {
    char id[128];   /* meta.id, else the path */
    char split[32]; /* meta.split, else "-" */
    struct series_point *points;
    size_t count;
    struct series_point **boundaries; /* into points */
    size_t boundary_count;
    struct migration_end end;
    double downtime_bytes; /* QEMU's, at the end; NaN unknown */
};

/* EXIT_OK, or an exit code after a message. */
int series_read(struct series *series, const char *program, const char *path);

/*
 * As if the operator had promised `rate` bytes/s for the switchover: our policies get it as the
 * counter, the others as the bandwidth that they hold their limits against.
 */
void series_promise(struct series *series, double rate);

/* Also after a failed read. */
void series_free(struct series *series);

#endif
