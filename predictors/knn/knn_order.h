/* SPDX-License-Identifier: MIT */
/* Puts rows that are close to each other next to each other, by splitting them again and again. */
#ifndef KNN_ORDER_H
#define KNN_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct knn_entry {
    double key; /* what it is being sorted by */
    uint32_t row;
};

struct knn_order {
    const unsigned char *matrix; /* of a payload: little-endian finite doubles, row by row */
    size_t features;
    struct knn_entry *entry; /* the rows' numbers in their order; at first as they came */
};

/* 0, or -1: out of memory. To be ended either way. */
int knn_order_begin(struct knn_order *order, const unsigned char *matrix, size_t rows,
                    size_t features);
void knn_order_end(struct knn_order *order);

/* Feature `feature` of the row at `place`. */
double knn_order_value(const struct knn_order *order, size_t place, size_t feature);

/*
 * Reorders the `count` rows from `first` on so that the first `left` of them, at least 1 and fewer
 * than `count`, have the least values of the feature that spreads widest among them; of equal ones
 * those that came first. The same rows, in whatever order, give the same two parts. Linear time,
 * whatever the numbers.
 */
void knn_order_split(struct knn_order *order, size_t first, size_t count, size_t left);

#endif
