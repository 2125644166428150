/* SPDX-License-Identifier: MIT */
/*
 * How much vCPU time to take away where waiting alone does not meet the limit. A vCPU that is
 * throttled by p percent dirties in T seconds what a free one does in (1 - p / 100) T
 * (physics_dirtied); so the rounds to come are played through for some percentages, and the one
 * with the least J = time + (1 + kappa) x downtime + sigma x lost guest time wins.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include "policy.h"

/*
 * The percentage, above what is in force and at most options->throttle_max, that is expected to
 * meet the limit and the hard maximum. `by_bound`: the limit is held against the upper bound, where
 * there is one; the hard maximum is held against the forecast. NaN: none allowed, none needed, none
 * expected to suffice, or not to be judged now.
 */
double throttle_percent(const struct policy_input *input, int by_bound);

#endif
