/* SPDX-License-Identifier: MIT */
#include "zipf.h"

#include <math.h>

static const double growth = 1.5; /* of ranks within one bin */

/* The sum of i^-s for first <= i <= last; an integral where there are many. */
static double weight(double first, double last, double exponent)
{
    double low = first - 0.5, high = last + 0.5, sum = 0.0;

    if (last - first < 16) {
        for (double rank = first; rank <= last; rank++)
            sum += pow(rank, -exponent);
        return sum;
    }
    if (fabs(exponent - 1) < 1e-9)
        return log(high / low);
    return (pow(high, 1 - exponent) - pow(low, 1 - exponent)) / (1 - exponent);
}

size_t zipf_bins(double pages, double exponent, struct zipf_bin *bins, size_t room)
{
    double first = 1, total = 0.0;
    size_t count = 0;

    while (first <= pages && count < room) {
        double last = fmin(fmax(floor(first * growth), first), pages);

        if (count == room - 1)
            last = pages;
        bins[count].pages = last - first + 1;
        bins[count].share = weight(first, last, exponent);
        total += bins[count].share;
        count++;
        first = last + 1;
    }
    for (size_t i = 0; i < count; i++)
        bins[i].share /= total;
    return count;
}
