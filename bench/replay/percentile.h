/* SPDX-License-Identifier: MIT */
#ifndef PERCENTILE_H
#define PERCENTILE_H

#include <stddef.h>

/* The value that `share` of the others do not exceed (nearest rank); sorts them. NaN of none. */
double percentile(double *values, size_t count, double share);

/* The middle value, or the mean of the two; sorts them. NaN of none. */
double median(double *values, size_t count);

double mean(const double *values, size_t count);

#endif
