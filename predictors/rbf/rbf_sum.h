/* SPDX-License-Identifier: MIT */
/*
 * The hot loop of rbf.h. A file that includes this one is the loop for one kind of processor; it
 * has defined
 *     VECTOR_WIDTH   doubles that the processor's vectors hold: 2 or 4
 *     VECTOR_TARGET  attributes of the functions that may use its instructions
 */
#ifndef RBF_SUM_H
#define RBF_SUM_H

#include <stdint.h>

#include "rbf_block.h"

typedef double vector __attribute__((vector_size(VECTOR_WIDTH * sizeof(double)), may_alias));
typedef uint64_t vector_bits __attribute__((vector_size(VECTOR_WIDTH * sizeof(uint64_t))));

#include "vector_exp.h"

/* Adds one block's share to the sums, [outputs][RBF_LANES]; vectors of a block lie side by side. */
static inline VECTOR_TARGET void rbf_add_block(const struct rbf_blocks *blocks, const double *block,
                                               const double *x, double *sums)
{
    for (size_t part = 0; part < RBF_LANES; part += VECTOR_WIDTH) {
        const double *at = block + part;
        vector distance = {0}, kernel;

        for (size_t i = 0; i < blocks->features; i++, at += RBF_LANES) {
            vector difference = x[i] - *(const vector *)at;

            distance += difference * difference;
        }
        kernel = vector_exp(-blocks->gamma * distance);
        for (size_t i = 0; i < blocks->outputs; i++, at += RBF_LANES)
            *(vector *)(sums + i * RBF_LANES + part) += *(const vector *)at * kernel;
    }
}

static inline VECTOR_TARGET void rbf_add_blocks(const struct rbf_blocks *blocks, const double *x,
                                                double *sums)
{
    size_t stride = (blocks->features + blocks->outputs) * RBF_LANES;

    for (size_t i = 0; i < blocks->count; i++)
        rbf_add_block(blocks, blocks->data + i * stride, x, sums);
}

#endif
