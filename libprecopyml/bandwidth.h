/* SPDX-License-Identifier: MIT */
/* What the link gives, from the bytes sent in windows of about 100 ms. */
#ifndef BANDWIDTH_H
#define BANDWIDTH_H

#include <stdbool.h>

#include <precopyml.h>

#include "standstill.h"

enum { BANDWIDTH_WINDOWS = 64 };

/* One closed window. */
struct bandwidth_window {
    double end;     /* s */
    double seconds; /* length */
    double bytes;   /* on the wire */
    bool scanning;  /* mostly zero pages: the sender was looking, not sending */
};

struct bandwidth {
    struct bandwidth_window windows[BANDWIDTH_WINDOWS]; /* a ring */
    unsigned count;                                     /* ever closed */
    bool open;
    double start, transferred, zero_pages, normal_pages; /* at the open window's start */
    double sample;                                       /* the hypervisor's own latest, bytes/s */
    bool waited;  /* the latest window was one of waiting for a throttled guest */
    bool follows; /* the next one will follow one that was kept */
    struct standstill standstill;
    double stood; /* s, standstill_of() at the latest window */
};

/* NaN where unknown; bytes per second. */
struct bandwidth_summary {
    double recent;  /* mean of the last half second, and of a standstill since */
    double matched; /* mean of as long as the last `bytes` took, at least the last half second */
    double mean;    /* of the ring; in a drop, of the last half second */
    double peak;    /* 80th percentile of the ring */
    double spread;  /* (80th - 20th percentile) / 80th */
};

/* The link gives less than half of its peak: a drop, which a longer mean would hide. NaN: no. */
static inline bool bandwidth_in_drop(double recent, double peak)
{
    return recent < 0.5 * peak;
}

void bandwidth_reset(struct bandwidth *bandwidth);

/* `stats` is complete and in order. */
void bandwidth_observe(struct bandwidth *bandwidth, const struct precopyml_stats *stats);

/* `bytes`: what is to be sent; NaN counts as nothing. */
struct bandwidth_summary bandwidth_summarize(const struct bandwidth *bandwidth, double bytes);

#endif
