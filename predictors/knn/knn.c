/* SPDX-License-Identifier: MIT */
#include "knn.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <precopyml-predictor.h>

#include "bytes.h"
#include "knn_tree.h"

struct knn {
    uint32_t neighbours;
    uint32_t weighting;
    const unsigned char *targets; /* in the payload, by row */
    struct knn_tree *tree;
};

extern const struct precopyml_predictor_ops predictor_knn;

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    struct bytes in = bytes_of(payload, length);
    uint32_t neighbours = bytes_u32(&in), weighting = bytes_u32(&in);
    uint64_t rows = bytes_u64(&in);
    size_t row_length = (feature_count + 1) * sizeof(double);
    const unsigned char *matrix = in.at;
    struct knn *knn;

    if (in.failed || feature_count == 0 || rows == 0 || in.left / row_length != rows ||
        in.left % row_length != 0 || neighbours == 0 || neighbours > KNN_NEIGHBOURS_MAX ||
        neighbours > rows || weighting > KNN_INVERSE_DISTANCE || !bytes_are_finite(in))
        return -EBADMSG;
    knn = malloc(sizeof *knn);
    if (!knn)
        return -ENOMEM;
    *knn = (struct knn){.neighbours = neighbours,
                        .weighting = weighting,
                        .targets = matrix + (size_t)rows * feature_count * sizeof(double),
                        .tree = knn_tree_build(matrix, (size_t)rows, feature_count)};
    if (!knn->tree) {
        free(knn);
        return -ENOMEM;
    }
    *state = knn;
    return 0;
}

static double target_of(const struct knn *knn, uint32_t row)
{
    struct bytes y = bytes_of(knn->targets + row * sizeof(double), sizeof(double));

    return bytes_f64(&y);
}

/* Relative to the nearest, so that no weight overflows however small the distances. */
static double weight_of(const struct knn *knn, const struct knn_neighbour *nearest,
                        const struct knn_neighbour *neighbour)
{
    if (knn->weighting == KNN_UNIFORM || neighbour->distance == nearest->distance)
        return 1.0;
    return sqrt(nearest->distance / neighbour->distance);
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    const struct knn *knn = state;
    struct knn_neighbour list[KNN_NEIGHBOURS_MAX];
    size_t count = knn_tree_nearest(knn->tree, x, knn->neighbours, list);
    double weight[KNN_NEIGHBOURS_MAX], y[KNN_NEIGHBOURS_MAX], weights = 0.0, sum = 0.0,
                                                              squares = 0.0;

    (void)scratch;
    if (count == 0)
        return -ERANGE;
    for (size_t i = 0; i < count; i++) {
        weight[i] = weight_of(knn, list, &list[i]);
        y[i] = target_of(knn, list[i].row);
        weights += weight[i];
        sum += weight[i] * y[i];
    }
    *value = sum / weights;
    for (size_t i = 0; i < count; i++) {
        double deviation = y[i] - *value;

        squares += weight[i] * deviation * deviation;
    }
    *spread = sqrt(squares / weights);
    return isfinite(*value) ? 0 : -ERANGE;
}

static void destroy(void *state)
{
    struct knn *knn = state;

    free(knn->tree);
    free(knn);
}

const struct precopyml_predictor_ops predictor_knn = {
    PRECOPYML_PREDICTOR_OPS_INIT,
    "knn",
    "mean of the nearest training rows",
    load,
    NULL,
    predict,
    destroy,
};
