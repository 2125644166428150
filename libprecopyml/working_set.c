/* SPDX-License-Identifier: MIT */
#include "working_set.h"

#include <math.h>

/* A round counts this much less than the one after it: guests change. */
#define AGE_WEIGHT 0.75
/* a T of the longest round is searched between these: nearly linear to fully saturated. */
#define LEAST_SATURATION 0.05
#define MOST_SATURATION  20.0
#define SEARCH_STEPS     32
/*
 * Errors that differ by less are equal, and the simpler story, a set that is always dirty as a
 * whole, is preferred: rounds that are all alike fit a steady writer just as well. 1 % of the
 * rounds' size.
 */
#define SAME_ERROR 1e-4
/*
 * One round alone cannot tell a slow writer over much memory from a fast one over little. Between
 * the two, and on the side of trying another round, which is what will tell.
 */
#define FIRST_SATURATION 2.0

void working_set_reset(struct working_set *set)
{
    set->count = 0;
}

void working_set_add(struct working_set *set, double seconds, double newly, double unsent)
{
    unsigned i = set->count % WORKING_SET_ROUNDS;

    if (!(seconds > 0) || !(newly >= 0) || !(unsent >= 0))
        return;
    set->seconds[i] = seconds;
    set->newly[i] = newly;
    set->unsent[i] = unsent;
    set->count++;
}

/* The best W for one a, and the share of the weighted sum of squares that it leaves unexplained. */
static double size_for(const struct working_set *set, unsigned rounds, double a, double *error)
{
    double su = 0.0, uu = 0.0, ss = 0.0, weight = 1.0, size;

    for (unsigned age = 0; age < rounds; age++, weight *= AGE_WEIGHT) {
        unsigned i = (set->count - 1 - age) % WORKING_SET_ROUNDS;
        double u = -expm1(-a * set->seconds[i]);
        double v = set->newly[i] + set->unsent[i] * u; /* = W u */

        su += weight * v * u;
        uu += weight * u * u;
        ss += weight * v * v;
    }
    size = su / uu;
    *error = ss > 0 ? 1 - size * su / ss : 0;
    return size;
}

/* The a with the least error: it has one minimum over log a, which golden section finds. */
static double rate_for(const struct working_set *set, unsigned rounds, double longest)
{
    static const double golden = 0.6180339887498949;
    double low = log(LEAST_SATURATION / longest), high = log(MOST_SATURATION / longest);
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double left_error, right_error, saturated_error;

    size_for(set, rounds, exp(left), &left_error);
    size_for(set, rounds, exp(right), &right_error);
    size_for(set, rounds, exp(high), &saturated_error);
    for (int step = 0; step < SEARCH_STEPS; step++) {
        if (left_error < right_error) {
            high = right;
            right = left;
            right_error = left_error;
            left = high - golden * (high - low);
            size_for(set, rounds, exp(left), &left_error);
        } else {
            low = left;
            left = right;
            left_error = right_error;
            right = low + golden * (high - low);
            size_for(set, rounds, exp(right), &right_error);
        }
    }
    if (saturated_error <= fmin(left_error, right_error) + SAME_ERROR)
        return MOST_SATURATION / longest;
    return exp((low + high) / 2);
}

struct working_set_fit working_set_estimate(const struct working_set *set)
{
    unsigned rounds = set->count < WORKING_SET_ROUNDS ? set->count : WORKING_SET_ROUNDS;
    struct working_set_fit fit = {NAN, NAN};
    double longest = 0.0, a, error;

    if (rounds == 0)
        return fit;
    for (unsigned i = 0; i < rounds; i++)
        longest = fmax(longest, set->seconds[i]);
    a = rounds == 1 ? FIRST_SATURATION / longest : rate_for(set, rounds, longest);
    fit.size = size_for(set, rounds, a, &error);
    fit.write_rate = a * fit.size;
    return fit;
}
