/* SPDX-License-Identifier: MIT */
#include "knn_condense.h"

#include <errno.h>
#include <stdlib.h>

#include <gsl/gsl_rng.h>

#include "knn_tree.h"

int knn_condense(const unsigned char *matrix, size_t rows, size_t features, size_t most,
                 uint64_t seed, bool *stays)
{
    struct knn_tree *tree = knn_tree_build(matrix, rows, features);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int error = tree && rng ? 0 : -ENOMEM;

    if (!error)
        gsl_rng_set(rng, (unsigned long)seed);
    for (size_t i = 0; !error && i < rows; i++)
        stays[i] = false;
    for (size_t i = 0; !error && i < most; i++) {
        size_t first = (size_t)((uint64_t)rows * i / most);
        size_t next = (size_t)((uint64_t)rows * (i + 1) / most);

        stays[tree->row[first + gsl_rng_uniform_int(rng, next - first)]] = true;
    }
    free(tree);
    gsl_rng_free(rng);
    return error;
}
