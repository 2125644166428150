/* SPDX-License-Identifier: MIT */
/*
 * Exact brute force: for a few thousand rows of a few features a scan beats any tree, and every
 * answer costs the same.
 */
#include "knn.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <precopyml-predictor.h>

#include "bytes.h"

/*
 * Rows lie in blocks of LANES, feature by feature, so that the distances of a block are LANES
 * independent sums: compilers vectorise these without reordering any of them.
 */
enum { LANES = 4 };

/*
 * `step` scatters the rows over the slots: slot s holds row s * step mod rows. Data sets come
 * sorted by migration and time; scanned in that order each row could be nearer than all before it,
 * and the list of nearest would be rewritten thousands of times instead of dozens.
 */
struct knn {
    size_t features;
    size_t blocks;
    uint64_t rows;
    uint64_t step;
    uint32_t neighbours;
    uint32_t weighting;
    double *slots;    /* [blocks][features][LANES], behind the targets */
    double targets[]; /* by slot */
};

struct neighbour {
    double distance; /* squared */
    uint64_t slot;
};

extern const struct precopyml_predictor_ops predictor_knn;

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Near the golden section, and coprime to `rows` so that every row gets a slot. */
static uint64_t scattering_step(uint64_t rows)
{
    uint64_t step = rows * 618 / 1000 + 1;

    while (common_divisor(rows, step) != 1)
        step++;
    return step;
}

static uint64_t row_of(const struct knn *knn, uint64_t slot)
{
    return slot * knn->step % knn->rows;
}

/* Slots past the last row stay infinitely far away. */
static void fill_slots(struct knn *knn, const unsigned char *matrix)
{
    size_t row_length = knn->features * sizeof(double);
    const unsigned char *targets = matrix + knn->rows * row_length;

    for (size_t i = 0; i < knn->blocks * knn->features * LANES; i++)
        knn->slots[i] = INFINITY;
    for (uint64_t slot = 0; slot < knn->rows; slot++) {
        size_t row = (size_t)row_of(knn, slot);
        struct bytes x = bytes_of(matrix + row * row_length, row_length);
        struct bytes y = bytes_of(targets + row * sizeof(double), sizeof(double));
        double *block = knn->slots + slot / LANES * knn->features * LANES;

        for (size_t i = 0; i < knn->features; i++)
            block[i * LANES + slot % LANES] = bytes_f64(&x);
        knn->targets[slot] = bytes_f64(&y);
    }
}

static bool is_finite(struct bytes numbers)
{
    bool finite = true;

    while (numbers.left > 0 && finite)
        finite = isfinite(bytes_f64(&numbers));
    return finite;
}

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    struct bytes in = bytes_of(payload, length);
    uint32_t neighbours = bytes_u32(&in), weighting = bytes_u32(&in);
    uint64_t rows = bytes_u64(&in);
    size_t row_length = (feature_count + 1) * sizeof(double), blocks, slots;
    const unsigned char *matrix = in.at;
    struct knn *knn;

    if (in.failed || feature_count == 0 || rows == 0 || in.left / row_length != rows ||
        in.left % row_length != 0 || neighbours == 0 || neighbours > KNN_NEIGHBOURS_MAX ||
        neighbours > rows || weighting > KNN_INVERSE_DISTANCE || !is_finite(in))
        return -EBADMSG;
    blocks = (size_t)((rows + LANES - 1) / LANES);
    slots = blocks * LANES * feature_count;
    knn = malloc(sizeof *knn + ((size_t)rows + slots) * sizeof(double));
    if (!knn)
        return -ENOMEM;
    *knn = (struct knn){.features = feature_count,
                        .blocks = blocks,
                        .rows = rows,
                        .step = scattering_step(rows),
                        .neighbours = neighbours,
                        .weighting = weighting,
                        .slots = knn->targets + rows};
    fill_slots(knn, matrix);
    *state = knn;
    return 0;
}

static bool is_nearer(const struct knn *knn, const struct neighbour *a, const struct neighbour *b)
{
    return a->distance < b->distance ||
           (a->distance == b->distance && row_of(knn, a->slot) < row_of(knn, b->slot));
}

/* Puts `candidate` into the sorted list when it belongs there; returns the new count. */
static size_t insert(const struct knn *knn, struct neighbour *list, size_t count,
                     struct neighbour candidate)
{
    size_t i;

    if (count == knn->neighbours) {
        if (!is_nearer(knn, &candidate, &list[count - 1]))
            return count;
        count--;
    }
    for (i = count; i > 0 && is_nearer(knn, &candidate, &list[i - 1]); i--)
        list[i] = list[i - 1];
    list[i] = candidate;
    return count + 1;
}

/* Fills the list, nearest first; rows whose distance overflows are never near. */
static size_t find_nearest(const struct knn *knn, const double *x, struct neighbour *list)
{
    double worst = DBL_MAX;
    size_t count = 0;

    for (size_t block = 0; block < knn->blocks; block++) {
        const double *slots = knn->slots + block * knn->features * LANES;
        double distance[LANES] = {0};

        for (size_t i = 0; i < knn->features; i++, slots += LANES) {
            for (size_t lane = 0; lane < LANES; lane++) {
                double difference = x[i] - slots[lane];

                distance[lane] += difference * difference;
            }
        }
        for (size_t lane = 0; lane < LANES; lane++) {
            if (distance[lane] <= worst) {
                struct neighbour candidate = {distance[lane], (uint64_t)block * LANES + lane};

                count = insert(knn, list, count, candidate);
                if (count == knn->neighbours)
                    worst = list[count - 1].distance;
            }
        }
    }
    return count;
}

/* Relative to the nearest, so that no weight overflows however small the distances. */
static double weight_of(const struct knn *knn, const struct neighbour *nearest,
                        const struct neighbour *neighbour)
{
    if (knn->weighting == KNN_UNIFORM || neighbour->distance == nearest->distance)
        return 1.0;
    return sqrt(nearest->distance / neighbour->distance);
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    const struct knn *knn = state;
    struct neighbour list[KNN_NEIGHBOURS_MAX];
    size_t count = find_nearest(knn, x, list);
    double weight[KNN_NEIGHBOURS_MAX], weights = 0.0, sum = 0.0, squares = 0.0;

    (void)scratch;
    if (count == 0)
        return -ERANGE;
    for (size_t i = 0; i < count; i++) {
        weight[i] = weight_of(knn, list, &list[i]);
        weights += weight[i];
        sum += weight[i] * knn->targets[list[i].slot];
    }
    *value = sum / weights;
    for (size_t i = 0; i < count; i++) {
        double deviation = knn->targets[list[i].slot] - *value;

        squares += weight[i] * deviation * deviation;
    }
    *spread = sqrt(squares / weights);
    return isfinite(*value) ? 0 : -ERANGE;
}

const struct precopyml_predictor_ops predictor_knn = {
    PRECOPYML_PREDICTOR_OPS_INIT,
    "knn",
    "mean of the nearest training rows",
    load,
    NULL,
    predict,
    free,
};
