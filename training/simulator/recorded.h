/* SPDX-License-Identifier: MIT */
/*
 * Recorded migrations as scripts/fit-simulator hands them over: a line each, fields between tabs:
 * workload, memory (bytes), lowest and highest rate of the line (bytes/s), limit (s), boundary at
 * which the limit was raised, total time (s), downtime (s), bytes, bytes sent while the guest
 * stood, and between commas the bytes left at each boundary.
 */
#ifndef RECORDED_H
#define RECORDED_H

#include <stdio.h>

#include "parameters.h"

enum { RECORDED_BOUNDARIES = 64, RECORDED_TEXT = 128 };

struct recorded {
    char workload[RECORDED_TEXT];
    double ram, low, high, limit, stop;
    double total, downtime, bytes, switched;
    size_t boundaries; /* as many as are kept */
    double left[RECORDED_BOUNDARIES];
};

/* Reads all lines. 0; the number of the first line that is wrong; or -ENOMEM. free() `*all`. */
long recorded_read(FILE *stream, struct recorded **all, size_t *count);

/*
 * How far a simulation of it is off, with expected numbers of dirty pages and neither variation nor
 * tail: the sum of |log(simulated / recorded)| of total time, downtime, bytes and, on average, the
 * bytes left at a boundary, each of which is bounded, so that few migrations that are far off do
 * not decide. INFINITY when the parameters make no guest.
 */
double recorded_distance(const struct recorded *recorded, const struct parameters *parameters);

#endif
