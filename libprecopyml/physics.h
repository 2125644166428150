/* SPDX-License-Identifier: MIT */
/*
 * Physics: what the counters alone say. The baseline that every learned predictor corrects (as a
 * log residual) or has to beat, and the shape of the look-ahead.
 */
#ifndef PHYSICS_H
#define PHYSICS_H

#include <precopyml.h>

/* Median of what physics lacks without it on the train part of data/; s, over PHYSICS_LINK. */
#define PHYSICS_OVERHEAD 0.036
#define PHYSICS_LINK     104857600.0 /* bytes/s */
/*
 * The share of it, from there too, that is for 2.5 MB that have left the counters and not yet the
 * sockets and queues, and so goes by the link: a sender that is faster than its link keeps Linux's
 * send buffer, 4 MiB at most, filled.
 */
#define PHYSICS_IN_FLIGHT_SHARE (2.0 / 3.0)
/* QEMU sends for so long before it looks whether it may stop the guest, s. */
#define PHYSICS_SLICE_SECONDS 0.050
/*
 * What QEMU takes beside sending, s, from there too: a sync and what follows it; on average, from
 * the boundary at which the switchover is asked for until the guest stands.
 */
#define PHYSICS_ROUND_SECONDS 0.010
#define PHYSICS_STOP_SECONDS  0.080

/*
 * Forecast of a target in seconds, NaN when a feature it needs is unknown or not usable:
 * downtime = (what remains, as much as it takes of the wire, / switchover bandwidth) - what is sent
 * off before the guest stands + overhead (after Liu et al., HPDC'11);
 * next downtime: the same for what the guest dirties while `remaining` is sent, U(T) of the working
 * set; remaining time: the lengths of `rounds_left` such rounds (unknown: none), the wait until
 * the guest stands, and the downtime then.
 */
double physics_forecast(enum precopyml_target target, const struct precopyml_features *features,
                        double overhead);

/* Downtime of a switchover with `remaining` bytes of guest memory left, s; NaN unknown. */
double physics_downtime(const struct precopyml_features *features, double remaining,
                        double overhead);

/* What remains at a boundary, as well as it is known: bytes, NaN unknown. */
double physics_remaining(const struct precopyml_features *features);

/*
 * One round: from `remaining` bytes at a boundary to those at the next, and the seconds between the
 * two. Sending all but what a sync leaves unsent takes a while, in which the guest dirties U(T).
 * NaN where unknown.
 */
double physics_round(const struct precopyml_features *features, double remaining, double *seconds);

/* Share of its vCPU time that the guest has: throttle_leaves(). */
double physics_speed(const struct precopyml_features *features);

/*
 * Bytes the guest dirties in `seconds`: U(T) = W (1 - exp(-r s T / W)), W the working set in bytes,
 * r its initial write rate in bytes/s, s the share of vCPU time it has. NaN when W or r is unknown.
 */
double physics_dirtied(const struct precopyml_features *features, double seconds);

#endif
