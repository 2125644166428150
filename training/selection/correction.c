/* SPDX-License-Identifier: MIT */
#include "correction.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_sort.h>

#include "train_error.h"

int correct_holm(const double *p, size_t count, double *corrected)
{
    size_t *order = calloc(count + 1, sizeof *order);
    double *sortable = calloc(count + 1, sizeof *sortable), largest = 0;
    size_t tests = 0;
    int error = order && sortable ? 0 : train_no_memory();

    for (size_t i = 0; !error && i < count; i++) {
        corrected[i] = NAN;
        sortable[i] = isnan(p[i]) ? INFINITY : p[i];
        tests += !isnan(p[i]);
    }
    if (!error)
        gsl_sort_index(order, sortable, 1, count);
    for (size_t i = 0; !error && i < tests; i++) {
        largest = fmax(largest, fmin(1, (double)(tests - i) * p[order[i]]));
        corrected[order[i]] = largest;
    }
    free(order);
    free(sortable);
    return error;
}
