/* SPDX-License-Identifier: MIT */
/*
 * The rule by which somebody else's product or paper ends pre-copy, and ours behind the same
 * interface, so that all can be asked about the same series of samples:
 *
 *     peer_open(&run, peer, &options);
 *     for each sample, in order of time:
 *         if it is a boundary:  stop unless peer_decide(&run, boundary) == PEER_GO_ON
 *         else:                 peer_observe(&run, sample)
 *     peer_close(&run);
 *
 * A rule that acts on a clock of its own (a limit that grows, a poll) does so in observe(), and in
 * decide() after its question was answered: when the hypervisor compares what remains with the
 * limit, nobody can have raised it for that boundary yet.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>

#include <precopyml.h>

/* The counters at one moment. NaN stands for unknown. */
struct peer_sample {
    double elapsed;                      /* s since the migration began */
    unsigned iteration;                  /* 1 during the first pass; grows with every sync */
    double remaining;                    /* bytes of guest memory still to send */
    double transferred;                  /* bytes sent so far, on the wire */
    double pages_sent;                   /* pages sent so far, those that are all zero too */
    double bandwidth;                    /* bytes/s, the hypervisor's latest short sample */
    double memory_total;                 /* bytes */
    double page_size;                    /* bytes */
    const struct precopyml_stats *stats; /* every counter; only our own policies need it */
};

/* The moment after a sync of the dirty bitmap. */
struct peer_boundary {
    unsigned number; /* 1: after the first pass */
    struct peer_sample now;
    double round_seconds; /* of the round that ended here */
    double round_bytes;   /* what it sent, on the wire */
    double round_pages;
};

enum peer_verdict { PEER_GO_ON, PEER_STOP, PEER_GIVE_UP };

struct peer_options {
    double limit;           /* s of downtime; 0: the peer's own constant */
    double kappa;           /* seconds of migrating that one second of downtime is worth */
    precopyml_model *model; /* for our own policies; may be NULL for all others */
};

struct peer {
    const char *name;
    const char *summary;
    const char *not_replayed; /* what of the rule no recorded series can show, or NULL */
    const void *constants;    /* the peer's own: one rule can have several sets of them */
    bool takes_limit;         /* options.limit replaces a constant that its operator would set */
    bool takes_kappa;
    size_t state_size;
    /* All but decide may be NULL. The state is zeroed; 0 or a negative errno value. */
    int (*begin)(void *state, const struct peer *peer, const struct peer_options *options);
    void (*observe)(void *state, const struct peer_sample *sample);
    enum peer_verdict (*decide)(void *state, const struct peer_boundary *boundary);
    void (*end)(void *state);
};

/* Peer number i; NULL past the last. */
const struct peer *peer_at(size_t i);
/* NULL when there is none of that name. */
const struct peer *peer_find(const char *name);

/* One peer following one migration. */
struct peer_run {
    const struct peer *peer;
    void *state;
};

int peer_open(struct peer_run *run, const struct peer *peer, const struct peer_options *options);
void peer_observe(struct peer_run *run, const struct peer_sample *sample);
enum peer_verdict peer_decide(struct peer_run *run, const struct peer_boundary *boundary);
/* Also after a failed open. */
void peer_close(struct peer_run *run);

#endif
