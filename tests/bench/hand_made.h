/* SPDX-License-Identifier: MIT */
/*
 * A migration made by hand, shown to one peer: a guest of 1 GiB in pages of 4 KiB on a link of
 * 100 MB/s. Change any member between the calls.
 */
#ifndef HAND_MADE_H
#define HAND_MADE_H

#include <peer.h>

struct hand_made {
    struct peer_run run;
    struct peer_sample now;
    unsigned number;    /* of boundaries so far */
    double round_pages; /* of every round to come; NaN: what remained when it began */
};

/* `limit` and `kappa` as in struct peer_options. Fails the test when there is no such peer. */
void hand_open(struct hand_made *made, const char *peer, double limit, double kappa);
void hand_close(struct hand_made *made);

/* A sample between boundaries. */
void hand_sample(struct hand_made *made, double elapsed, double remaining);

/* Samples every 100 ms from the latest moment until `elapsed`. */
void hand_until(struct hand_made *made, double elapsed, double remaining);

/* The next boundary. */
enum peer_verdict hand_boundary(struct hand_made *made, double elapsed, double remaining);

/* A run of its own: the verdict on one boundary, at 10 s, of a peer that has seen nothing else. */
enum peer_verdict hand_only(const char *peer, double limit, double remaining);

#endif
