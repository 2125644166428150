/* SPDX-License-Identifier: MIT */
/*
 * What the series of boundaries itself tells of the times ahead: how often what remains has fallen
 * to a much lower level, how long it stays high, what of it was zeros, since when the link has been
 * slow, and since when a throttle has been in force.
 */
#ifndef PHASES_H
#define PHASES_H

struct phases {
    double level;     /* bytes remaining at the latest boundary of a high phase; NaN: none yet */
    double low;       /* bytes, least of the latest low phase; NaN: there was none */
    double rose;      /* s, when this high phase began; NaN: it was not seen to begin */
    double length;    /* s, of the latest whole high phase; NaN: none was seen whole */
    unsigned falls;   /* from a high phase to a low one, so far */
    int high;         /* in a high phase now */
    double share;     /* wire bytes per byte of memory to plan with; NaN unknown */
    double seen;      /* the most of it so far, fading from boundary to boundary */
    double fastest;   /* bytes/s, the best of the link's peaks so far */
    double slow_from; /* s, since when the link has given less than half of it; NaN: it does not */
    double throttle;  /* percent, at the latest boundary; 0: none */
    int untried;      /* that percentage was not in force at the boundary before */
    double unthrottled; /* bytes remaining while the guest was free, at the end of it */
    double helped_from; /* s, when this throttle had first brought it under half; NaN: not yet */
};

void phases_reset(struct phases *phases);

/*
 * A boundary at `time` (s): bytes remaining, the wire bytes that one of them is expected to need,
 * and the link's recent and peak rate (bytes/s).
 */
void phases_add(struct phases *phases, double time, double remaining, double share, double recent,
                double peak);

/* And the percentage of vCPU time that was found taken away there; NaN: not known, as before. */
void phases_throttle(struct phases *phases, double time, double remaining, double throttle);

/*
 * Seconds from the boundary at `time` until this high phase is over, if it lasts as long as the one
 * before; 0 when it is a little overdue; NaN when nothing is expected.
 */
double phases_wait(const struct phases *phases, double time);

#endif
