/* SPDX-License-Identifier: MIT */
#include "r2.h"

#include <math.h>

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_statistics_double.h>

#include "train_error.h"

/* Singular values below this share of the largest are rounding. */
#define TOLERANCE 1e-10

struct lines {
    gsl_matrix *x;
    gsl_vector *y, *slope;
    gsl_matrix *covariance;
    gsl_multifit_linear_workspace *work;
};

static int lines_alloc(struct lines *lines, size_t rows, size_t columns)
{
    *lines = (struct lines){gsl_matrix_alloc(rows, columns), gsl_vector_alloc(rows),
                            gsl_vector_alloc(columns), gsl_matrix_alloc(columns, columns),
                            gsl_multifit_linear_alloc(rows, columns)};
    return lines->x && lines->y && lines->slope && lines->covariance && lines->work
               ? 0
               : train_no_memory();
}

static void lines_free(struct lines *lines)
{
    gsl_matrix_free(lines->x);
    gsl_vector_free(lines->y);
    gsl_vector_free(lines->slope);
    gsl_matrix_free(lines->covariance);
    gsl_multifit_linear_free(lines->work);
}

/* Around zero, where no intercept is needed, and of one length, so that units have no say. */
static void put_column(gsl_vector *to, const double *from)
{
    double mean = gsl_stats_mean(from, 1, to->size);
    double sd = gsl_stats_sd_m(from, 1, to->size, mean);

    for (size_t i = 0; i < to->size; i++)
        gsl_vector_set(to, i, sd > 1e-12 * fmax(1, fabs(mean)) ? (from[i] - mean) / sd : 0);
}

/*
 * Sum of squares that the lines leave. Of the residuals themselves: what GSL says it is comes out
 * wrong where columns imply each other.
 */
static double left_over(const struct lines *lines)
{
    double unused;
    size_t rank;

    if (gsl_multifit_linear_tsvd(lines->x, lines->y, TOLERANCE, lines->slope, lines->covariance,
                                 &unused, &rank, lines->work) != 0 ||
        gsl_multifit_linear_residuals(lines->x, lines->y, lines->slope, lines->y) != 0)
        return NAN;
    return gsl_stats_tss_m(lines->y->data, 1, lines->y->size, 0);
}

int r2_linear(const double *const *x, size_t columns, const double *y, size_t rows, double *r2)
{
    double total;
    struct lines lines;
    int error;

    *r2 = NAN;
    if (columns == 0 || rows <= columns + 1)
        return 0;
    error = lines_alloc(&lines, rows, columns);
    for (size_t j = 0; !error && j < columns; j++) {
        gsl_vector_view column = gsl_matrix_column(lines.x, j);

        put_column(&column.vector, x[j]);
    }
    if (!error) {
        put_column(lines.y, y);
        total = gsl_stats_tss_m(lines.y->data, 1, rows, 0);
        if (total > 0 && gsl_matrix_isnull(lines.x))
            *r2 = 0;
        else if (total > 0)
            *r2 = 1 - left_over(&lines) / total;
    }
    lines_free(&lines);
    return error;
}
