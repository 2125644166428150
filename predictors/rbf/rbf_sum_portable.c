/* SPDX-License-Identifier: MIT */
/* For any processor: vectors of two doubles, which every 64-bit one has. */
#define VECTOR_WIDTH 2
#define VECTOR_TARGET

#include "rbf_sum.h"

void rbf_sum_portable(const struct rbf_blocks *blocks, const double *x, double *sums)
{
    rbf_add_blocks(blocks, x, sums);
}
