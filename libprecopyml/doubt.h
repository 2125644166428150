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
 * In logarithms, above 0: of a downtime of `value` seconds, forecast from `features`, which are
 * complete. `overhead` as in physics.h. NaN where it is not finite, which a value of 0 brings.
 */
double doubt_of(const struct precopyml_features *features, double overhead, double value);

#endif
