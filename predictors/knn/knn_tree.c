/* SPDX-License-Identifier: MIT */
#include "knn_tree.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "knn_order.h"

/* ---- Leaves ---- */

/*
 * Halves the rows from `first` on down to single leaves. All leaves but the last must be full, so
 * the first half has a power of two of them.
 */
static void split(struct knn_order *order, size_t first, size_t count, size_t leaf)
{
    while (count > leaf) {
        size_t half = leaf;

        while (2 * half < count)
            half *= 2;
        knn_order_split(order, first, count, half);
        split(order, first, half, leaf);
        first += half;
        count -= half;
    }
}

static void fill_slots(struct knn_tree *tree, const struct knn_order *order)
{
    for (size_t slot = 0; slot < tree->blocks * KNN_LANES; slot++) {
        double *lane = tree->slots + slot / KNN_LANES * tree->features * KNN_LANES;
        bool filled = slot < tree->rows;

        tree->row[slot] = filled ? order->entry[slot].row : UINT32_MAX;
        lane += slot % KNN_LANES;
        for (size_t i = 0; i < tree->features; i++)
            lane[i * KNN_LANES] = filled ? knn_order_value(order, slot, i) : INFINITY;
    }
}

/* ---- Boxes ---- */

static float round_down(double value)
{
    float rounded = (float)fmax(fmin(value, FLT_MAX), -FLT_MAX);

    if (value < -FLT_MAX)
        return -INFINITY;
    return rounded > value ? nextafterf(rounded, -INFINITY) : rounded;
}

static float *box_lane(float *boxes, size_t features, size_t child)
{
    return boxes + child / KNN_FAN * features * 2 * KNN_FAN + child % KNN_FAN;
}

/* The box around a leaf, feature i's ends at 2 i KNN_FAN and (2 i + 1) KNN_FAN. */
static void enclose_leaf(const struct knn_tree *tree, size_t leaf, float *box)
{
    size_t first = leaf * tree->leaf_blocks * KNN_LANES, last = first;

    last += tree->leaf_blocks * KNN_LANES;
    if (last > tree->rows)
        last = tree->rows;
    for (size_t i = 0; i < tree->features; i++) {
        double least = INFINITY, greatest = -INFINITY;

        for (size_t slot = first; slot < last; slot++) {
            double value =
                tree->slots[(slot / KNN_LANES * tree->features + i) * KNN_LANES + slot % KNN_LANES];

            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }
        box[2 * i * KNN_FAN] = round_down(least);
        box[(2 * i + 1) * KNN_FAN] = -round_down(-greatest);
    }
}

/* The box around a node's children, which are boxes themselves. */
static void enclose_node(const struct knn_tree *tree, const float *node, float *box)
{
    for (size_t i = 0; i < 2 * tree->features; i += 2) {
        const float *least = node + i * KNN_FAN, *greatest = least + KNN_FAN;
        float low = least[0], high = greatest[0];

        for (size_t child = 1; child < KNN_FAN && least[child] < INFINITY; child++) {
            low = least[child] < low ? least[child] : low;
            high = greatest[child] > high ? greatest[child] : high;
        }
        box[i * KNN_FAN] = low;
        box[(i + 1) * KNN_FAN] = high;
    }
}

static void fill_boxes(const struct knn_tree *tree, size_t leaves)
{
    size_t node_length = tree->features * 2 * KNN_FAN, children = leaves;

    for (size_t level = 0; level < tree->levels; level++) {
        size_t nodes = (children + KNN_FAN - 1) / KNN_FAN;

        for (size_t i = 0; i < nodes * node_length; i++)
            tree->boxes[level][i] = INFINITY;
        for (size_t child = 0; child < children; child++) {
            float *box = box_lane(tree->boxes[level], tree->features, child);

            if (level == 0)
                enclose_leaf(tree, child, box);
            else
                enclose_node(tree, tree->boxes[level - 1] + child * node_length, box);
        }
        children = nodes;
    }
}

/* ---- All ---- */

/*
 * At least 2.5 rows a feature: boxes then take under 4 bytes a row, so that rows, their numbers and
 * boxes together stay under the length of the payload, whose targets are not copied.
 */
static size_t leaf_blocks_for(size_t features)
{
    size_t blocks = (5 * features / 2 + KNN_LANES - 1) / KNN_LANES;

    return blocks > 3 ? blocks : 3;
}

static struct knn_tree *allocate(struct knn_tree shape, size_t leaves)
{
    size_t slots = shape.blocks * KNN_LANES, children = leaves, floats = 0, numbers;
    size_t start[KNN_LEVELS_MAX];
    struct knn_tree *tree;

    for (shape.levels = 0; shape.levels == 0 || children > 1; shape.levels++) {
        children = (children + KNN_FAN - 1) / KNN_FAN;
        start[shape.levels] = floats;
        floats += children * shape.features * 2 * KNN_FAN;
    }
    numbers = slots * shape.features;
    tree = malloc(sizeof *tree + numbers * sizeof(double) + floats * sizeof(float) +
                  slots * sizeof(uint32_t));
    if (!tree)
        return NULL;
    *tree = shape;
    tree->slots = (double *)(tree + 1);
    for (size_t level = 0; level < shape.levels; level++)
        tree->boxes[level] = (float *)(tree->slots + numbers) + start[level];
    tree->row = (uint32_t *)(tree->boxes[0] + floats);
    return tree;
}

struct knn_tree *knn_tree_build(const unsigned char *matrix, size_t rows, size_t features)
{
    struct knn_tree shape = {.features = features, .rows = rows}, *tree = NULL;
    struct knn_order order;
    size_t leaves;

    if (rows >= UINT32_MAX)
        return NULL;
    shape.blocks = (rows + KNN_LANES - 1) / KNN_LANES;
    shape.leaf_blocks = leaf_blocks_for(features);
    leaves = (shape.blocks + shape.leaf_blocks - 1) / shape.leaf_blocks;
    if (knn_order_begin(&order, matrix, rows, features) == 0)
        tree = allocate(shape, leaves);
    if (tree) {
        split(&order, 0, rows, shape.leaf_blocks * KNN_LANES);
        fill_slots(tree, &order);
    }
    knn_order_end(&order);
    if (tree)
        fill_boxes(tree, leaves);
    return tree;
}
