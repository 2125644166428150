/* SPDX-License-Identifier: MIT */
#include "redundancy.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "train_error.h"

int redundancy_ranks(const double *value, size_t count, double *rank)
{
    size_t *order = malloc((count + 1) * sizeof *order);
    size_t end;

    if (!order)
        return train_no_memory();
    gsl_sort_index(order, value, 1, count);
    for (size_t begin = 0; begin < count; begin = end) {
        end = begin + 1;
        while (end < count && value[order[end]] == value[order[begin]])
            end++;
        for (size_t i = begin; i < end; i++)
            rank[order[i]] = ((double)begin + 1 + (double)end) / 2;
    }
    free(order);
    return 0;
}

double redundancy_rho(const double *a, const double *b, size_t count)
{
    double rho = count > 1 ? gsl_stats_correlation(a, 1, b, 1, count) : 0;

    return isnan(rho) ? 0 : rho;
}

/* Likeness of two groups: that of their least alike members. */
static double likeness(const double *alike, const uint32_t *cluster, size_t columns, uint32_t a,
                       uint32_t b)
{
    double least = INFINITY;

    for (size_t i = 0; i < columns; i++) {
        for (size_t j = 0; j < columns; j++) {
            if (cluster[i] == a && cluster[j] == b)
                least = fmin(least, alike[i * columns + j]);
        }
    }
    return least;
}

/* Joins the two groups that are most alike; false when no two reach the threshold. */
static bool join(const double *alike, size_t columns, double threshold, uint32_t *cluster)
{
    double best = threshold;
    uint32_t into = 0, from = 0;

    for (uint32_t a = 0; a < columns; a++) {
        for (uint32_t b = a + 1; b < columns; b++) {
            double like = cluster[a] == a && cluster[b] == b
                              ? likeness(alike, cluster, columns, a, b)
                              : -INFINITY;

            if (like > best || (like == best && from == 0)) {
                best = like;
                into = a;
                from = b;
            }
        }
    }
    for (size_t i = 0; from > 0 && i < columns; i++)
        cluster[i] = cluster[i] == from ? into : cluster[i];
    return from > 0;
}

int redundancy_clusters(const double *const *rank, size_t columns, size_t rows, double threshold,
                        uint32_t *cluster)
{
    double *alike = calloc(columns * columns + 1, sizeof *alike);

    if (!alike)
        return train_no_memory();
    for (size_t i = 0; i < columns; i++) {
        cluster[i] = (uint32_t)i;
        for (size_t j = i + 1; j < columns; j++)
            alike[i * columns + j] = alike[j * columns + i] =
                fabs(redundancy_rho(rank[i], rank[j], rows));
    }
    while (join(alike, columns, threshold, cluster))
        ;
    free(alike);
    return 0;
}
