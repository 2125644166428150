/* SPDX-License-Identifier: MIT */
/*
 * When `optimal` says HOPELESS of one recorded migration under one hard maximum, held against what
 * hindsight knows: whether any boundary of the record would have met that maximum.
 */
#ifndef HOPELESS_H
#define HOPELESS_H

#include "hindsight.h"

/* Stationary: what remains at every boundary after the second is within this factor. */
#define HOPELESS_STATIONARY 2.0

/* Boundaries are counted from 1, that after the first pass; 0: there is none. */
struct hopeless {
    double hard_max;  /* s */
    unsigned said;    /* the first that HOPELESS was said at */
    unsigned stopped; /* where the policy stopped the guest: what follows was not asked */
    unsigned met;     /* the first that meets the maximum; from `said` on where HOPELESS was said */
    bool above;       /* the stop was above the maximum, in hindsight */
    bool withdrawn;   /* HOPELESS was no longer said at `met` */
    unsigned unsaid;  /* boundaries after `said` at which it was not said */
    unsigned asked;   /* boundaries asked about */
};

/* The least downtime that any boundary of the record offers, s. */
double hopeless_floor(const struct hindsight *hindsight);

/* With fewer than four boundaries nobody can tell: not stationary. */
bool hopeless_is_stationary(const struct series *series);

/* `options` with its hard maximum set. 0, or what the session says. */
int hopeless_ask(struct hopeless *hopeless, const struct hindsight *hindsight,
                 precopyml_model *model, const struct precopyml_session_options *options);

#endif
