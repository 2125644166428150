/* SPDX-License-Identifier: MIT */
/*
 * Forecasts of a short series from itself alone. `x` are the `n` values seen, oldest first; `out`
 * gets the `steps` that come. Each needs at least the number of values said here.
 */
#ifndef FORECAST_H
#define FORECAST_H

#include <stddef.h>

enum { FORECAST_MOST = 32 }; /* values; the caller keeps the latest */

typedef void (*forecast_fn)(const double *x, size_t n, double *out, size_t steps);

/* The latest value again. 1. */
void forecast_last(const double *x, size_t n, double *out, size_t steps);

/* A straight line through all values, by least squares. 2. */
void forecast_trend(const double *x, size_t n, double *out, size_t steps);

/* AR(1) with a constant, by least squares; never an explosive one. 3. */
void forecast_ar(const double *x, size_t n, double *out, size_t steps);

/* ARIMA(1,1,0): AR(1) of the differences. 4. */
void forecast_arima(const double *x, size_t n, double *out, size_t steps);

/* What came after the value most like the latest, and so on from there. 2. */
void forecast_neighbour(const double *x, size_t n, double *out, size_t steps);

#endif
