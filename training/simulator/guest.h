/* SPDX-License-Identifier: MIT */
/*
 * The memory of a guest as zones of pages: each class of the workload, the used pages that nobody
 * writes, and the pages of zeros. Of each zone it is known how many pages are still to be sent;
 * which ones does not matter, because the writers know nothing of the sender.
 */
#ifndef GUEST_H
#define GUEST_H

#include <gsl/gsl_rng.h>

#include "scenario.h"

enum { GUEST_ZONES = SCENARIO_CLASSES + 2 };

struct zone {
    double pages;
    double pending; /* in the migration bitmap */
    double rate;
    bool sweep;
    double zero_share;
    struct activity zeros;
    double zero_rest; /* part of a zero page, between 0 and 1, that is due */
    struct activity activity;
    double active; /* s that it was active by the last sync */
};

struct guest {
    const struct guest_model *model;
    gsl_rng *rng;
    double pages;
    double pending;
    size_t count;
    struct zone zone[GUEST_ZONES];
};

/* Draws this run's sizes, rates and times; everything is still to be sent. */
void guest_init(struct guest *guest, const struct guest_model *model, gsl_rng *rng);

struct guest_sync {
    double newly; /* pages that were not to be sent and are now */
    double fake;  /* of these, pages that hold what was sent already */
};

/* Share of a zone's pages that are zeros when they are sent at `t`, and when that changes. */
double guest_zeros(const struct zone *zone, double t, double *until);

/* A dirty-bitmap sync at `t`; vCPUs have run `speed` (0 to 1) of the time since the last. */
struct guest_sync guest_dirty(struct guest *guest, double t, double speed);

#endif
