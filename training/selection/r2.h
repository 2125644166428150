/* SPDX-License-Identifier: MIT */
/* How much of the variance straight lines explain. */
#ifndef R2_H
#define R2_H

#include <stddef.h>

/*
 * R2 of a least-squares fit with an intercept of y to all columns together; `x[j]` is column j.
 * Columns that others imply, or that are constant, change nothing. NaN with as few rows as
 * columns, or a constant y. 0 or -ENOMEM.
 */
int r2_linear(const double *const *x, size_t columns, const double *y, size_t rows, double *r2);

#endif
