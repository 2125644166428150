/* SPDX-License-Identifier: MIT */
/* One peer asked about one recorded migration, and what its answer would have cost. */
#ifndef VERDICT_H
#define VERDICT_H

#include "hindsight.h"

struct verdict {
    size_t at;    /* the boundary charged, from 0: the last one unless it stopped earlier */
    bool stopped; /* false: never, or it gave up */
    bool gave_up;
    double elapsed, downtime; /* s, of that boundary */
    double bytes;             /* on the wire: sent until then, and what remained there */
    double cost, oracle_cost; /* J */
    double regret;            /* cost / oracle_cost - 1 */
};

/* 0 or a negative errno value: the peer could not begin. */
int verdict_ask(struct verdict *verdict, const struct hindsight *hindsight, const struct peer *peer,
                const struct peer_options *options);

/*
 * What could have been had, as a verdict: without a limit (0) the boundary of least cost; with one
 * the first that keeps it, or where none does the one of least downtime.
 */
struct verdict verdict_oracle(const struct hindsight *hindsight,
                              const struct peer_options *options);

#endif
