/* SPDX-License-Identifier: MIT */
/*
 * Payload of a linear head, little-endian:
 *
 *     f64 intercept
 *     f64 coefficient[features]
 *
 * value = intercept + sum of coefficient[i] x[i], x as transformed and scaled by the model.
 */
#ifndef LINEAR_H
#define LINEAR_H

#include <stddef.h>

static inline size_t linear_payload_length(size_t features)
{
    return (features + 1) * sizeof(double);
}

#endif
