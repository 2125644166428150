/* SPDX-License-Identifier: MIT */
#ifndef BINOMIAL_INTERVAL_H
#define BINOMIAL_INTERVAL_H

#include <stddef.h>

struct binomial_interval {
    double lower, upper;
};

/*
 * Clopper and Pearson's interval for the probability behind `hits` of `trials`: it holds the truth
 * at least as often as `confidence` says, whatever that is. Without a trial it is 0 to 1.
 */
struct binomial_interval binomial_interval(size_t hits, size_t trials, double confidence);

#endif
