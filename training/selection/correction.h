/* SPDX-License-Identifier: MIT */
/* Holm's correction for having made many tests. */
#ifndef CORRECTION_H
#define CORRECTION_H

#include <stddef.h>

/*
 * corrected[i] <= alpha exactly where test i is significant while the odds that any of the `count`
 * tests is so by chance stay at or below alpha, whatever their dependence. NaN (no test) stays NaN
 * and does not count. 0 or -ENOMEM.
 */
int correct_holm(const double *p, size_t count, double *corrected);

#endif
