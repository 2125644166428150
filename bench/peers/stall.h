/* SPDX-License-Identifier: MIT */
/*
 * KubeVirt VEP 248's stall detector (stall-detector.go): pre-copy has stalled when the least that
 * ever remained at a boundary was not undercut by a margin within a window of time. From then on it
 * knows the remainder worth waiting for, which it relaxes as patience runs out.
 */
#ifndef STALL_H
#define STALL_H

#include <stdbool.h>
#include <stddef.h>

struct stall_candidate {
    double t, remaining;
};

/* Zeroed at first; stall_end() at last. */
struct stall {
    bool stalled;
    double best; /* once stalled: the remainder to wait for, bytes */

    struct stall_candidate *candidates; /* each less than the one before, within the window */
    size_t first, count, room;
    bool has_old_least;
    double old_least; /* of what has left the window */
    double *since;    /* remainders after the stall that were not yet taken for `best` */
    size_t since_count, since_room;
    double patience, deadline;
};

/* A boundary at `t` seconds. 0 or -ENOMEM. */
int stall_note(struct stall *stall, double t, double remaining);

void stall_end(struct stall *stall);

#endif
