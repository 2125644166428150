/* SPDX-License-Identifier: MIT */
/*
 * How uncertain a forecast is, as far as can be told when it is made: the unit that errors are
 * counted in. A calibration then bounds calm guests narrowly and guests that clear their memory
 * widely. What it promises does not depend on this being right, only how narrow the bounds are.
 */
#ifndef DOUBT_H
#define DOUBT_H

#include <precopyml.h>

/*
 * Of a downtime of `value` seconds, forecast from `features`, which are complete; a logarithm,
 * above 0. `overhead` as in physics.h. NaN where it is not finite, as for a value of 0.
 */
double doubt_of(const struct precopyml_features *features, double overhead, double value);

#endif
