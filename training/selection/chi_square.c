/* SPDX-License-Identifier: MIT */
#include "chi_square.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "train_error.h"

/* Sum of (seen - expected)^2 / expected over a table of counts with its margins. */
static double statistic(const double *seen, const double *row, size_t rows, const double *column,
                        size_t columns, double count)
{
    double sum = 0;

    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            double expected = row[i] * column[j] / count;
            double difference = seen[i * columns + j] - expected;

            sum += difference * difference / expected;
        }
    }
    return sum;
}

int chi_square(const uint32_t *a, uint32_t a_classes, const uint32_t *b, uint32_t b_classes,
               size_t count, struct chi_square *result)
{
    size_t cells = (size_t)a_classes * b_classes;
    uint32_t fewer = a_classes < b_classes ? a_classes : b_classes;
    double *seen, *row, *column;

    *result = (struct chi_square){NAN, NAN, NAN, NAN};
    if (fewer < 2)
        return 0;
    seen = calloc(cells + a_classes + b_classes, sizeof *seen);
    if (!seen)
        return train_no_memory();
    row = seen + cells;
    column = row + a_classes;
    for (size_t i = 0; i < count; i++) {
        seen[(size_t)a[i] * b_classes + b[i]]++;
        row[a[i]]++;
        column[b[i]]++;
    }
    result->statistic = statistic(seen, row, a_classes, column, b_classes, (double)count);
    result->degrees = (double)(a_classes - 1) * (b_classes - 1);
    result->p = gsl_cdf_chisq_Q(result->statistic, result->degrees);
    result->cramers_v = sqrt(result->statistic / ((double)count * (fewer - 1)));
    free(seen);
    return 0;
}
