/* SPDX-License-Identifier: MIT */
/*
 * Writes that hit page number i with a probability proportional to i^-s, as a few sets of pages
 * that are written evenly. Neighbouring ranks differ little, so ranks are put together that lie
 * within half as much again of each other; the first ones are sets of their own.
 */
#ifndef ZIPF_H
#define ZIPF_H

#include <stddef.h>

struct zipf_bin {
    double pages;
    double share; /* of all writes */
};

/* Fills `bins`, at most `room` of them, and returns how many; `pages` >= 1, `exponent` >= 0. */
size_t zipf_bins(double pages, double exponent, struct zipf_bin *bins, size_t room);

#endif
