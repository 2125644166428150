/* SPDX-License-Identifier: MIT */
/* For x86-64 with AVX2; without its fused multiply-add, so that the sums are the portable ones. */
#define VECTOR_WIDTH  4
#define VECTOR_TARGET __attribute__((target("avx2")))

#include "rbf_sum.h"

VECTOR_TARGET void rbf_sum_avx2(const struct rbf_blocks *blocks, const double *x, double *sums)
{
    rbf_add_blocks(blocks, x, sums);
}
