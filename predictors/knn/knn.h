/* SPDX-License-Identifier: MIT */
/*
 * Payload of a k-nearest-neighbours head, little-endian:
 *
 *     u32 k                      1 to KNN_NEIGHBOURS_MAX, at most `rows`
 *     u32 weighting              KNN_UNIFORM or KNN_INVERSE_DISTANCE
 *     u64 rows                   at least 1
 *     f64 x[rows][features]      as transformed and scaled by the model; at least one feature
 *     f64 y[rows]                what the head forecasts
 *
 * Distances are Euclidean. Of rows equally far, the one that comes first in the file is nearer.
 * value = weighted mean of the k nearest y, spread = their weighted standard deviation. Under
 * KNN_INVERSE_DISTANCE rows at distance zero outweigh all others and count alike.
 */
#ifndef KNN_H
#define KNN_H

#include <stddef.h>
#include <stdint.h>

enum { KNN_NEIGHBOURS_MAX = 64, KNN_HEADER_LENGTH = 16 };
enum { KNN_UNIFORM, KNN_INVERSE_DISTANCE };

static inline size_t knn_payload_length(size_t rows, size_t features)
{
    return KNN_HEADER_LENGTH + rows * (features + 1) * sizeof(double);
}

#endif
