/* SPDX-License-Identifier: MIT */
/* How an expansion lies in memory, for rbf.c and its loops. */
#ifndef RBF_BLOCK_H
#define RBF_BLOCK_H

#include <stddef.h>

/* Vectors a block: the most that one instruction handles. */
enum { RBF_LANES = 4, RBF_ALIGNMENT = RBF_LANES * sizeof(double) };

/*
 * A block holds RBF_LANES support vectors feature by feature, then their coefficients output by
 * output, so that the loop runs through memory once. Lanes past the last vector are all zero.
 */
struct rbf_blocks {
    size_t features;
    size_t outputs;
    size_t count;
    double gamma;
    double *data; /* [count][features + outputs][RBF_LANES], aligned to RBF_ALIGNMENT */
};

/* Adds exp(-gamma |x - vector|^2) x coefficient to sums[outputs][RBF_LANES], also aligned. */
typedef void rbf_sum_fn(const struct rbf_blocks *blocks, const double *x, double *sums);

rbf_sum_fn rbf_sum_portable;
rbf_sum_fn rbf_sum_avx2; /* x86-64 only, for a processor that has AVX2 */

#endif
