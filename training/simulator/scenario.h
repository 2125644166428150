/* SPDX-License-Identifier: MIT */
/*
 * What is simulated: a guest, a link, a sender and who ends the migration. Bytes, bytes a second,
 * seconds and pages of 4096 bytes. Nothing here changes while runs are simulated.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "activity.h"

enum { SCENARIO_CLASSES = 64 };

#define SCENARIO_PAGE 4096.0

/* Pages that are written alike. */
struct page_class {
    double pages;
    double rate;       /* writes a second over the whole class, each to one page */
    bool sweep;        /* one page after the other; else each write hits any page, independently */
    double zero_share; /* of its pages are all zeros when they are sent */
    struct activity zeros; /* when they are; end 0: at any time */
    struct activity activity;
};

struct guest_model {
    double pages; /* the guest's memory */
    double used;  /* pages that hold something; the others are zeros and are never written */
    size_t count;
    struct page_class class[SCENARIO_CLASSES]; /* parts of the used pages */
    double fake_share; /* of the pages found dirty hold what was sent already */
    double variation;  /* sizes, rates and times of a run differ by up to this share */
    bool expected;     /* as many dirty pages as are expected, instead of a random number */
};

struct link_model {
    double low, high;  /* bytes/s of the line; a new rate between the two now and then */
    double hold;       /* s that a rate holds, give or take a fifth */
    double payload;    /* share of the line's bytes that is left for the sender's */
    double drop_share; /* of the rate is left during a drop */
    struct activity drop;
};

struct throttle_model {
    bool enabled;
    double initial, increment, most; /* percent */
    double trigger;                  /* dirtied over sent bytes, from which it counts */
};

struct sender_model {
    double limit;          /* s, QEMU's downtime-limit */
    double cap;            /* bytes/s, QEMU's max-bandwidth; INFINITY: none */
    double page_time;      /* s, to look at one page, whatever it holds */
    double sync_time;      /* s, of a dirty-bitmap sync */
    double sync_page_time; /* s more for each page of memory */
    struct throttle_model throttle;
};

/* What stopping a guest takes besides its bytes: mostly little, at times a lot. */
struct overhead_model {
    double median;            /* s, of a lognormal */
    double sigma;             /* of its logarithm */
    double tail_share;        /* of the stops are taken from a second lognormal */
    double tail_median;       /* s */
    double tail_sigma;        /* of its logarithm */
    double destination_share; /* of it passes after QEMU's own figure ends */
};

/* Who ends the migration, and who watches it. */
struct control {
    double stop_least, stop_most; /* boundary to stop at, drawn between the two; 0: nobody stops */
    double unstopped;             /* s after which it is stopped; INFINITY: never */
    double give_up;               /* s after which it is cancelled */
    double poll;                  /* s between two looks */
};

struct scenario {
    struct guest_model guest;
    struct link_model link;
    struct sender_model sender;
    struct overhead_model overhead;
    struct control control;
};

/* Link, sender and overhead about as on the project's testbed, and a guest of 1 GiB without any
 * class. */
void scenario_init(struct scenario *scenario);

/* NULL, or what makes no sense. */
const char *scenario_problem(const struct scenario *scenario);

#endif
