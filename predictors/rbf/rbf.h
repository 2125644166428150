/* SPDX-License-Identifier: MIT */
/*
 * Sums of Gaussian kernels around support vectors: what the predictors svr and bagged-svr share.
 * As bytes, little-endian, somewhere in their payloads:
 *
 *     u64 varying                     bit i: input i counts; the others never varied in training
 *     f64 gamma                       over 0
 *     u64 vectors                     may be 0: then the outputs are their offsets
 *     f64 offset[outputs]
 *     f64 vector[vectors][inputs]     only the inputs that count, in their order
 *     f64 coefficient[outputs][vectors]
 *
 * output[i] = offset[i] + sum over j of coefficient[i][j] exp(-gamma |x - vector[j]|^2)
 */
#ifndef RBF_H
#define RBF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

enum { RBF_INPUTS_MAX = 64, RBF_OUTPUTS_MAX = 64, RBF_HEADER_LENGTH = 24 };

/* Immutable once loaded; one malloc, so free() frees it. */
struct rbf;

/* Reads the rest of `in`, all of it. 0, -EBADMSG or -ENOMEM. */
int rbf_load(struct bytes in, size_t outputs, size_t feature_count, struct rbf **rbf);

size_t rbf_outputs(const struct rbf *rbf);

/* Every output; they may be infinite or NaN. `x` has as many features as rbf_load() was told. */
void rbf_evaluate(const struct rbf *rbf, const double *x, double *output);

/* The loops there are. They give the same bits; rbf_load() takes the last that can run here. */
enum rbf_path { RBF_PORTABLE, RBF_AVX2 };

/* For tests and benchmarks. False: this processor cannot, and nothing has changed. */
bool rbf_use(struct rbf *rbf, enum rbf_path path);

#endif
