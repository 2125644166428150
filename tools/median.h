/* SPDX-License-Identifier: MIT */
#ifndef MEDIAN_H
#define MEDIAN_H

#include <stddef.h>

/* The middle one, the greater of two; NaN of none. Leaves `values`, which hold no NaN, ascending.
 */
double median(double *values, size_t count);

#endif
