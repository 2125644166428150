/* SPDX-License-Identifier: MIT */
/*
 * What a stop at each boundary of a recorded migration would have cost, the same way as
 * testbed/hindsight.py:
 *
 *     J_i = elapsed_i + (1 + kappa) x D_i         D_i = remaining_i / rate + overhead
 *
 * The rate is the 80th percentile of the rounds' rates, the overhead what the run's own end took
 * beyond the time for its bytes.
 *
 * HINDSIGHT_ROUND does without a rate: the round that followed boundary i sent just what remained
 * there, so D_i is how long it took, plus the overhead. That counts pages of zeros as what they
 * cost on the wire, and a link that was slow just then as slow.
 */
#ifndef HINDSIGHT_H
#define HINDSIGHT_H

#include "series.h"

enum hindsight_downtime { HINDSIGHT_REMAINING, HINDSIGHT_ROUND };

struct hindsight {
    const struct series *series;
    double rate;      /* bytes/s */
    double overhead;  /* s */
    double *downtime; /* s, one a boundary */
};

/* 0; -ENODATA with fewer than two boundaries, or none that took time; -ENOMEM. */
int hindsight_make(struct hindsight *hindsight, const struct series *series,
                   enum hindsight_downtime how);
void hindsight_free(struct hindsight *hindsight);

/* Of stopping at boundary i, from 0. */
double hindsight_elapsed(const struct hindsight *hindsight, size_t i);
/* On the wire: what had been sent, and what remained to be. */
double hindsight_bytes(const struct hindsight *hindsight, size_t i);
double hindsight_cost(const struct hindsight *hindsight, size_t i, double kappa);

/* The boundary of least cost. */
size_t hindsight_best(const struct hindsight *hindsight, double kappa);

#endif
