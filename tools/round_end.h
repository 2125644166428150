/* SPDX-License-Identifier: MIT */
/*
 * When QEMU may look whether it can stop a guest that is throttled hard.
 *
 * Such a guest sleeps for most of a cycle and then dirties in one burst, which only QEMU's next
 * sync finds. What is sent while it sleeps is not dirtied again, so the less is left at that sync
 * the better; and QEMU's test after it, of what is pending against its limit, is the only one that
 * knows the burst and is made before the next. Therefore QEMU is held off until the round is nearly
 * sent, and let in then.
 */
#ifndef ROUND_END_H
#define ROUND_END_H

#include <stdbool.h>

#include <precopyml.h>

/* What holds QEMU off until all is sent: the least that it takes but 0, ms. */
#define ROUND_END_HOLD_MS 1.0

/*
 * Whether the guest is throttled so hard that QEMU can notice a change of its limit while it
 * sleeps, and what remains is sent over `bandwidth` (bytes/s) before it wakes up. Unknown: no.
 */
bool round_end_matters(const struct precopyml_stats *stats, double bandwidth);

/* Whether QEMU must be let in now to notice before all is sent. */
bool round_end_is_near(double remaining, double bandwidth);

/*
 * Whether QEMU will not have measured the link again when so small a round is sent: until it has
 * sent for a while, the wait for the guest makes its bandwidth a fraction of the link's.
 */
bool round_end_comes_early(double remaining, double bandwidth);

struct round_end_terms {
    double longest;    /* s, that the switchover may take */
    double downtime;   /* s, forecast with `remaining` bytes left */
    double remaining;  /* bytes, at the boundary */
    double overhead;   /* s, the least that it takes beside sending what is pending */
    double bandwidth;  /* bytes/s, of the switchover */
    double calculated; /* bytes/s, that QEMU calculates with */
    double least;      /* of what remained at the boundary, the share that must be let pass */
};

/* The limit under which QEMU stops the guest when no more is pending; ROUND_END_HOLD_MS or more. */
double round_end_limit_ms(const struct round_end_terms *terms);

#endif
