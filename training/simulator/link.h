/* SPDX-License-Identifier: MIT */
/* What the link carries, moment by moment. */
#ifndef LINK_H
#define LINK_H

#include <gsl/gsl_rng.h>

#include "scenario.h"

struct link_state {
    const struct link_model *model;
    gsl_rng *rng;
    double rate;  /* bytes/s that the sender gets now */
    double until; /* s, when it changes */
    double level; /* bytes/s of the line, but for drops */
    double level_until;
};

void link_init(struct link_state *link, const struct link_model *model, gsl_rng *rng);

/* Brings it to time `t`, which never goes back. */
void link_advance(struct link_state *link, double t);

#endif
