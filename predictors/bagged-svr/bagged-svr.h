/* SPDX-License-Identifier: MIT */
/*
 * Payload of a head of several support vector regressions with the same Gaussian kernel, each
 * trained on a bag of rows of its own:
 *
 *     u32 bags          1 to RBF_OUTPUTS_MAX
 *     u32 reserved      0
 *     expansion         rbf.h, an output a bag
 *
 * Bags share support vectors: each is stored once with a coefficient a bag, 0 where a bag does not
 * use it, so that its kernel is computed once. value = mean of the outputs, spread = their standard
 * deviation.
 */
#ifndef BAGGED_SVR_H
#define BAGGED_SVR_H

#include "rbf.h"

#endif
