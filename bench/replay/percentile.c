/* SPDX-License-Identifier: MIT */
#include "percentile.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double percentile(double *values, size_t count, double share)
{
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof values[0], ascending);
    return values[(size_t)fmax(ceil(share * (double)count), 1) - 1];
}

double median(double *values, size_t count)
{
    double lower = percentile(values, count, 0.5); /* they are sorted now */

    return count % 2 == 0 && count > 0 ? (lower + values[count / 2]) / 2 : lower;
}

double mean(const double *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}
