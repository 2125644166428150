/* SPDX-License-Identifier: MIT */
/*
 * What guest memory will cost on the wire at a switchover: dirty pages that have turned zero cost
 * next to nothing.
 *
 * The pages sent are a biased sample of memory: where it is zero the sender goes through it at the
 * speed of a scan, many times that of the link. A guest that is zero for an instant can fill most
 * of the pages between two polls. So zeros count by the time they took: what the link would have
 * needed for the bytes that were sent between the same two polls is taken off it.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include "boundary.h"

struct content {
    double time, transferred, pages; /* the counters where the present stretch began */
    /* All of these fade with their age: */
    double data_seconds, data_share;  /* of stretches of data: length, and that times wire share */
    double zero_seconds, zero_wire;   /* of those mostly of zeros: length, and bytes on the wire */
    double recent_bytes, recent_wire; /* memory and wire bytes */
};

/* Nothing has been sent yet that counts. */
void content_begin(struct content *content, const struct boundary *from);

/* The counters now; page size in bytes. */
void content_add(struct content *content, const struct boundary *now, double page_size);

/*
 * Bytes on the wire per byte of memory that a switchover now is to expect, over a link of so many
 * bytes/s (NaN: unknown); NaN when nothing was sent or the counters are unknown.
 */
double content_wire_share(const struct content *content, double bandwidth);

#endif
