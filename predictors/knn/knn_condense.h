/* SPDX-License-Identifier: MIT */
/*
 * Thins out the rows of a k-nearest-neighbours head when there are more than it may keep: every
 * answer and every load then costs as much as that many rows do, however long recording goes on.
 *
 * The rows are put in the order of the search's tree, where each leaf is a small neighbourhood, and
 * of every stretch of that order one row, drawn by the seed, stays. So each neighbourhood keeps its
 * share: no part of the space is emptied, the density is what it was, and with it how many
 * neighbours are best. What stays are recorded rows, not means of several, whose neighbours would
 * differ less than what happened did; nor are rows chosen by how well others forecast them, which
 * would keep noise and drop what is certain.
 */
#ifndef KNN_CONDENSE_H
#define KNN_CONDENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Marks `most` of the rows of a payload's matrix, fewer than there are. The same rows, `most` and
 * seed mark the same. 0 or -ENOMEM.
 */
int knn_condense(const unsigned char *matrix, size_t rows, size_t features, size_t most,
                 uint64_t seed, bool *stays);

#endif
