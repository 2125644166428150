/* SPDX-License-Identifier: MIT */
/* Follows one migration: boundaries, rounds, bandwidth and working set. No policy, no model. */
#ifndef TRACKER_H
#define TRACKER_H

#include "bandwidth.h"
#include "boundary.h"
#include "content.h"
#include "phases.h"
#include "working_set.h"

/* A finished round, from one boundary (or the start) to the next; NaN where unknown. */
struct round {
    double seconds;
    double bytes;        /* on the wire */
    double normal_bytes; /* of pages sent with contents */
    double page_bytes;   /* of all pages sent */
    double zero_pages;
    double pages;
};

/* What a round adds to, as it stood before the latest: its boundary may yet be corrected. */
struct before_round {
    struct boundary mark;
    struct phases phases;
    unsigned rounds; /* of the working set */
    double remaining_min;
};

struct tracker {
    struct boundary_detector detector;
    struct bandwidth bandwidth;
    struct working_set working_set;
    struct content content;  /* since the first pass */
    double speed;            /* share of its vCPU time that the guest had at the last snapshot */
    double start;            /* time of the first usable snapshot, s */
    struct boundary mark;    /* the counters at the start, then at the latest boundary */
    struct round round;      /* the latest */
    double wire_share;       /* of memory, were the guest stopped at the latest boundary */
    double zero_share_first; /* of the first pass */
    double lambda, lambda_before;
    double remaining_min;
    double unsent[2];           /* left unsent at the latest two boundaries */
    double forecast_at_start;   /* its expected downtime in the first pass: no forecast yet */
    double hypervisor_forecast; /* its expected downtime, once it is more than that */
    struct working_set_fit fit;
    struct bandwidth_summary link;
    struct phases phases;
    struct before_round before;
};

void tracker_reset(struct tracker *tracker);

/*
 * As boundary_observe(); `stats` is complete. After BOUNDARY_RESTARTED it follows the new
 * migration, of which an exact caller's snapshot is the first boundary already.
 */
enum boundary_event tracker_observe(struct tracker *tracker, const struct precopyml_stats *stats);

#endif
