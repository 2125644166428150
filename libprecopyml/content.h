/* SPDX-License-Identifier: MIT */
/*
 * What guest memory costs on the wire: dirty pages that have turned zero cost next to nothing.
 *
 * The pages sent are a biased sample of memory: where it is zero the sender goes through it at the
 * speed of a scan, many times that of the link. A guest that is zero for an instant of the round
 * can fill most of the round's pages. So stretches of the round count by their time, not their
 * pages.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include "boundary.h"

struct content {
    double time, transferred, pages;  /* the counters where the present stretch began */
    double seconds, share_seconds;    /* of the round so far: length, and that times wire share */
    double data_seconds, data_share;  /* the same, of stretches that carried data */
    double recent_bytes, recent_wire; /* memory and wire bytes, fading with their age */
};

/* A round begins at this boundary. */
void content_begin(struct content *content, const struct boundary *from);

/* The counters now, at the latest at the round's end; page size in bytes. */
void content_add(struct content *content, const struct boundary *now, double page_size);

/*
 * Bytes on the wire per byte of memory that a switchover now is to expect; NaN when the round has
 * sent nothing or the counters are unknown.
 */
double content_wire_share(const struct content *content);

#endif
