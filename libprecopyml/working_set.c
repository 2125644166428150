/* SPDX-License-Identifier: MIT */
#include "working_set.h"

#include <math.h>

/* A round counts this much less than the one after it: guests change. */
#define AGE_WEIGHT 0.75
/* a T of the longest round is searched between these: nearly linear to fully saturated. */
#define LEAST_SATURATION 0.05
#define MOST_SATURATION  20.0
#define SEARCH_STEPS     32
/* Errors that differ by less, relative to the data, are equal: cancellation leaves that much. */
#define TIE 1e-12
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

static double sum_of_squares(const struct working_set *set, unsigned rounds)
{
    double sum = 0.0;

    for (unsigned i = 0; i < rounds; i++)
        sum += (set->newly[i] + set->unsent[i]) * (set->newly[i] + set->unsent[i]);
    return sum;
}

/* The best W for one a, and the weighted squared error it leaves. */
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
    *error = ss - size * su;
    return size;
}

/*
 * The a with the least error: it has one minimum over log a, which golden section finds. On a tie
 * (equal rounds, but for rounding) the larger a, a saturated set.
 */
static double saturation_for(const struct working_set *set, unsigned rounds, double longest)
{
    static const double golden = 0.6180339887498949;
    double low = log(LEAST_SATURATION / longest), high = log(MOST_SATURATION / longest);
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double left_error, right_error, tie = TIE * sum_of_squares(set, rounds);

    size_for(set, rounds, exp(left), &left_error);
    size_for(set, rounds, exp(right), &right_error);
    for (int step = 0; step < SEARCH_STEPS; step++) {
        if (left_error < right_error - tie) {
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
    a = rounds == 1 ? FIRST_SATURATION / longest : saturation_for(set, rounds, longest);
    fit.size = size_for(set, rounds, a, &error);
    fit.write_rate = a * fit.size;
    return fit;
}
