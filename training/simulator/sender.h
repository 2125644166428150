/* SPDX-License-Identifier: MIT */
/*
 * QEMU's sender as migration/migration.c and ram.c have it: work in slices, a bandwidth that is
 * measured over windows of 100 ms, a threshold of bandwidth x limit, a rate cap per window. Times
 * are seconds since the migration began, counts are whole numbers.
 */
#ifndef SENDER_H
#define SENDER_H

#include "guest.h"
#include "link.h"
#include "throttle.h"

#define SENDER_SLICE  0.05 /* s, after which QEMU looks whether the round is over */
#define SENDER_WINDOW 0.1  /* s, of its bandwidth measurement and of its rate cap */
/* Bytes on the wire. */
#define SENDER_PAGE 4104.0 /* a page and its header */
#define SENDER_ZERO 9.0    /* a page of zeros */

struct sender {
    const struct sender_model *model;
    struct guest guest;
    struct link_state link;
    struct throttle throttle;
    double t;
    double limit;    /* s, in force */
    size_t cursor;   /* zone whose pages are sent now */
    double progress; /* part of the page under way that is done, 0 to 1 */
    bool uncapped;   /* switchover lifts the cap */

    double transferred, normal, zero; /* bytes, pages, pages */
    double syncs;

    double window_start, window_transferred, window_pages;
    double bandwidth; /* bytes/s of the last window; 0: none yet */
    double pages_per_second;
    double threshold; /* bytes */
    double expected;  /* s, QEMU's expected-downtime */

    double period_start, period_dirty, period_transferred; /* of the dirty rate: over a second */
    double dirty_rate;                                     /* pages/s */
    double dirty_at_sync;                                  /* bytes, right after the last sync */
};

/* Nothing sent yet, and the first sync made. */
void sender_init(struct sender *sender, const struct sender_model *model);

double sender_pending(const struct sender *sender); /* bytes */

/* Whether the window's bytes are spent: the sender sleeps until its end. */
bool sender_is_capped(const struct sender *sender);

/* Sends until a time, until nothing is left or until it is capped; `t` says how far it came. */
void sender_send(struct sender *sender, double until);

/*
 * Sends for whole windows up to a time, as many as surely leave the end of the round and the
 * windows before it to come: bandwidth and threshold are then as if every slice had been made. Does
 * nothing under a rate cap, or in the middle of a window.
 */
void sender_skip(struct sender *sender, double until);

/* Reads the dirty bitmap. Takes no time: the caller lets sender_sync_time() pass. */
struct guest_sync sender_sync(struct sender *sender);
double sender_sync_time(const struct sender *sender);

/* QEMU's look at its counters, between two slices. */
void sender_refresh(struct sender *sender);

#endif
