/* SPDX-License-Identifier: MIT */
/* Which features say the same, by Spearman's rank correlation. */
#ifndef REDUNDANCY_H
#define REDUNDANCY_H

#include <stddef.h>
#include <stdint.h>

/* The rank of each value, 1 to count; equal ones share their mean rank. 0 or -ENOMEM. */
int redundancy_ranks(const double *value, size_t count, double *rank);

/* Spearman's rho of two columns of ranks; 0 when one of them is constant. */
double redundancy_rho(const double *a, const double *b, size_t count);

/*
 * Groups columns by complete linkage: any two of a group have |rho| >= threshold. `rank[j]` is
 * column j as ranks; cluster[j] becomes the least number of a column in its group. 0 or -ENOMEM.
 */
int redundancy_clusters(const double *const *rank, size_t columns, size_t rows, double threshold,
                        uint32_t *cluster);

#endif
