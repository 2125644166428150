/* SPDX-License-Identifier: MIT */
#include "working_set.h"

#include <math.h>

/* A round counts this much less than the one after it: guests change. */
#define AGE_WEIGHT 0.75
/* And less the further its length is from the one of interest: a bell over log time, this wide. */
#define LENGTH_WIDTH 0.7
#define LEAST_WEIGHT 1e-6
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
 * the two: of 1 to 6, what cost least at the first boundaries of the train part of data/
 * (scripts/measure-first-boundary).
 */
#define FIRST_SATURATION 3.0

void working_set_reset(struct working_set *set)
{
    set->count = 0;
    set->least_speed = 1.0;
}

void working_set_add(struct working_set *set, double seconds, double speed, double newly,
                     double unsent)
{
    unsigned i = set->count % WORKING_SET_ROUNDS;

    if (!(seconds > 0) || !(speed > 0) || !(newly >= 0) || !(unsent >= 0))
        return;
    set->seconds[i] = seconds * speed;
    set->least_speed = fmin(set->least_speed, speed);
    set->newly[i] = newly;
    set->unsent[i] = unsent;
    set->count++;
}

static unsigned rounds_of(const struct working_set *set)
{
    return set->count < WORKING_SET_ROUNDS ? set->count : WORKING_SET_ROUNDS;
}

static void weigh(const struct working_set *set, double seconds, double *weights)
{
    unsigned rounds = rounds_of(set);
    double recency = 1.0;

    for (unsigned age = 0; age < rounds; age++, recency *= AGE_WEIGHT) {
        unsigned i = (set->count - 1 - age) % WORKING_SET_ROUNDS;
        double distance = seconds > 0 ? log(set->seconds[i] / seconds) / LENGTH_WIDTH : 0.0;

        weights[i] = recency * exp(-distance * distance / 2);
        if (weights[i] < LEAST_WEIGHT) /* where nothing is near, all are as good */
            weights[i] = LEAST_WEIGHT;
    }
}

/* The best W for one a, and the share of the weighted sum of squares that it leaves unexplained. */
static double size_for(const struct working_set *set, const double *weights, double a,
                       double *error)
{
    double su = 0.0, uu = 0.0, ss = 0.0, size;

    for (unsigned i = 0; i < rounds_of(set); i++) {
        double u = -expm1(-a * set->seconds[i]);
        double v = set->newly[i] + set->unsent[i] * u; /* = W u */

        su += weights[i] * v * u;
        uu += weights[i] * u * u;
        ss += weights[i] * v * v;
    }
    size = su / uu;
    *error = ss > 0 ? 1 - size * su / ss : 0;
    return size;
}

/* A throttled guest lets one look at shorter times, in which faster writers show. */
static double highest_rate(const struct working_set *set, double longest)
{
    return MOST_SATURATION / (longest * set->least_speed);
}

/* The a with the least error: it has one minimum over log a, which golden section finds. */
static double rate_for(const struct working_set *set, const double *weights, double longest)
{
    static const double golden = 0.6180339887498949;
    double low = log(LEAST_SATURATION / longest), high = log(highest_rate(set, longest));
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double left_error, right_error, saturated_error;

    size_for(set, weights, exp(left), &left_error);
    size_for(set, weights, exp(right), &right_error);
    size_for(set, weights, exp(high), &saturated_error);
    for (int step = 0; step < SEARCH_STEPS; step++) {
        if (left_error < right_error) {
            high = right;
            right = left;
            right_error = left_error;
            left = high - golden * (high - low);
            size_for(set, weights, exp(left), &left_error);
        } else {
            low = left;
            left = right;
            left_error = right_error;
            right = low + golden * (high - low);
            size_for(set, weights, exp(right), &right_error);
        }
    }
    if (saturated_error <= fmin(left_error, right_error) + SAME_ERROR)
        return highest_rate(set, longest);
    return exp((low + high) / 2);
}

struct working_set_fit working_set_estimate(const struct working_set *set, double seconds)
{
    struct working_set_fit fit = {NAN, NAN};
    double weights[WORKING_SET_ROUNDS];
    double longest = 0.0, a, error;

    if (set->count == 0)
        return fit;
    weigh(set, seconds, weights);
    for (unsigned i = 0; i < rounds_of(set); i++)
        longest = fmax(longest, set->seconds[i]);
    a = set->count == 1 ? FIRST_SATURATION / longest : rate_for(set, weights, longest);
    fit.size = size_for(set, weights, a, &error);
    fit.write_rate = a * fit.size;
    return fit;
}
