/* SPDX-License-Identifier: MIT */
/*
 * The guest's working set, from what migration itself shows: a round of length T leaves
 * U(T) = W (1 - exp(-a T)) bytes dirty, W the working set in bytes and a = r / W with r the rate in
 * bytes/s at which clean pages first become dirty. (Uniform writes over W; the independent
 * reference model.) Two unknowns, fitted by least squares to the latest rounds.
 */
#ifndef WORKING_SET_H
#define WORKING_SET_H

enum { WORKING_SET_ROUNDS = 16 };

/*
 * Pages that a sync leaves unsent stay dirty, whether or not they are written again. Of a working
 * set W with L bytes unsent at the start of a round, the round can make at most W - L newly dirty:
 * newly = (W - L) (1 - exp(-a T)).
 */

struct working_set {
    double seconds[WORKING_SET_ROUNDS]; /* a ring: vCPU time of a round */
    double newly[WORKING_SET_ROUNDS];   /* bytes that it made newly dirty */
    double unsent[WORKING_SET_ROUNDS];  /* bytes that were dirty all through it */
    double least_speed;                 /* share of vCPU time of the most throttled round */
    unsigned count;                     /* ever added */
};

struct working_set_fit {
    double size;       /* W, bytes; NaN before the first round */
    double write_rate; /* r, bytes/s of vCPU time */
};

void working_set_reset(struct working_set *set);
/* `speed`: the share of its vCPU time that the guest had, 0 to 1; only that time counts. */
void working_set_add(struct working_set *set, double seconds, double speed, double newly,
                     double unsent);
/*
 * Fitted for rounds of about `seconds` of vCPU time: no guest is quite uniform, and one that
 * rewrites a hot set at once and the rest slowly shows the fit a different set in long rounds than
 * in short ones.
 */
struct working_set_fit working_set_estimate(const struct working_set *set, double seconds);

#endif
