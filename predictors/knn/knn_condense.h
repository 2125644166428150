/* SPDX-License-Identifier: MIT */
/*
 * Makes fewer rows of a k-nearest-neighbours head's when there are more than it may keep: every
 * answer and every load then costs as much as that many rows do, however long recording goes on.
 *
 * The rows are split into as many neighbourhoods of even size, and of each its mean stays, of the
 * features and of the target. So every row counts, no part of the space is emptied, and the density
 * is what it was. Keeping one row of each neighbourhood instead forecasts worse, because means have
 * less noise; for the same reason neighbours that are means differ less than what happened did, and
 * the spread of a forecast no longer shows all of it.
 */
#ifndef KNN_CONDENSE_H
#define KNN_CONDENSE_H

#include <stddef.h>

/*
 * Makes `most` rows, fewer than `rows`, in `out_x` and `out_y`. `matrix` is a payload's, `y` has
 * the targets by row. Without chance: the same rows make the same. 0 or -ENOMEM.
 */
int knn_condense(const unsigned char *matrix, const double *y, size_t rows, size_t features,
                 size_t most, double *out_x, double *out_y);

#endif
