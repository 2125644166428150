/* SPDX-License-Identifier: MIT */
/*
 * The rows of a k-nearest-neighbours head in a tree of boxes, so that a search looks only at rows
 * that may be near.
 *
 * Rows that are close to each other share a leaf, KNN_FAN leaves a node, KNN_FAN nodes the next
 * node up to one root. All but the last of each are full, so their numbers say who belongs to whom
 * and no pointers are needed. Per child a node has the least box around its rows, rounded outwards
 * to single precision: half the memory, and no answer depends on it.
 */
#ifndef KNN_TREE_H
#define KNN_TREE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Rows lie in blocks of KNN_LANES, feature by feature, and so do the boxes of a node: distances are
 * as many independent sums, which compilers vectorise without reordering any of them.
 */
enum { KNN_LANES = 8, KNN_FAN = 8 };

/* Over 2^32 rows, which is more than row numbers can count. */
enum { KNN_LEVELS_MAX = 11 };

struct knn_tree {
    size_t features;
    size_t rows;
    size_t blocks;      /* of rows */
    size_t leaf_blocks; /* in a full leaf */
    size_t levels;      /* of nodes: at least 1 */
    double *slots;      /* [blocks][features][KNN_LANES]; infinite past the last row */
    uint32_t *row;      /* number of each slot's row; no row: UINT32_MAX */
    /* [nodes][features][2: least, greatest][KNN_FAN], lowest level first; infinite: no child */
    float *boxes[KNN_LEVELS_MAX];
};

struct knn_neighbour {
    double distance; /* squared */
    uint32_t row;
};

/*
 * Sorts `rows` x `features` little-endian finite doubles, row by row, into a tree. O(rows log rows)
 * whatever the numbers. NULL: out of memory, or too many rows. Free with free().
 */
struct knn_tree *knn_tree_build(const unsigned char *matrix, size_t rows, size_t features);

/*
 * Fills `list` with the at most `k` rows nearest to `x`, nearest first, of equally near ones the
 * first first; rows whose squared distance overflows are never near. Returns how many. Allocates
 * nothing. Thread-safety: any number of threads may search one tree.
 */
size_t knn_tree_nearest(const struct knn_tree *tree, const double *x, size_t k,
                        struct knn_neighbour *list);

#endif
