/* SPDX-License-Identifier: MIT */
/* Pearson's test of independence between two ways of classing the same things. */
#ifndef CHI_SQUARE_H
#define CHI_SQUARE_H

#include <stddef.h>
#include <stdint.h>

struct chi_square {
    double statistic;
    double degrees;
    double p;
    double cramers_v; /* 0 independent to 1 */
};

/* Classes are below `a_classes` and `b_classes`, each of them used. NaN with one class. 0, -ENOMEM.
 */
int chi_square(const uint32_t *a, uint32_t a_classes, const uint32_t *b, uint32_t b_classes,
               size_t count, struct chi_square *result);

#endif
