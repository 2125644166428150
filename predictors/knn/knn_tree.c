/* SPDX-License-Identifier: MIT */
#include "knn_tree.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bytes.h"

/* A row, and the coordinate it is being sorted by. */
struct entry {
    double key;
    uint32_t row;
};

struct build {
    const unsigned char *matrix;
    struct knn_tree *tree;
    struct entry *entry;
};

static double coordinate(const struct build *build, uint32_t row, size_t feature)
{
    size_t at = (row * build->tree->features + feature) * sizeof(double);
    struct bytes bytes = bytes_of(build->matrix + at, sizeof(double));

    return bytes_f64(&bytes);
}

/* ---- Selection ---- */

/* No two entries are equal, so that equal rows split as evenly as any others. */
static bool precedes(const struct entry *a, const struct entry *b)
{
    return a->key < b->key || (a->key == b->key && a->row < b->row);
}

static void swap(struct entry *a, struct entry *b)
{
    struct entry kept = *a;

    *a = *b;
    *b = kept;
}

static void sort_few(struct entry *entry, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && precedes(&entry[j], &entry[j - 1]); j--)
            swap(&entry[j], &entry[j - 1]);
    }
}

/* Puts what precedes the entry at `pivot` before it and the others behind; where it then is. */
static size_t partition(struct entry *entry, size_t count, size_t pivot)
{
    size_t place = 0;

    swap(&entry[pivot], &entry[count - 1]);
    for (size_t i = 0; i < count - 1; i++) {
        if (precedes(&entry[i], &entry[count - 1]))
            swap(&entry[i], &entry[place++]);
    }
    swap(&entry[place], &entry[count - 1]);
    return place;
}

static size_t median_of_three(const struct entry *entry, size_t a, size_t b, size_t c)
{
    if (precedes(&entry[b], &entry[a])) {
        size_t kept = a;

        a = b;
        b = kept;
    }
    if (precedes(&entry[c], &entry[b]))
        b = precedes(&entry[c], &entry[a]) ? a : c;
    return b;
}

enum { GROUP = 5 };

static void select_place(struct entry *entry, size_t count, size_t place);

/* Between three and seven tenths of the entries precede it, whatever they are. */
static size_t median_of_medians(struct entry *entry, size_t count)
{
    size_t medians = 0;

    for (size_t i = 0; i + GROUP <= count; i += GROUP) {
        sort_few(entry + i, GROUP);
        swap(&entry[medians++], &entry[i + GROUP / 2]);
    }
    select_place(entry, medians, medians / 2);
    return medians / 2;
}

/*
 * Puts the entry that belongs at `place` there, what precedes it before it. The quick pivot comes
 * first; after a bad one (sorted rows, an adversary's) a sure one, so that the time stays linear.
 */
static void select_place(struct entry *entry, size_t count, size_t place)
{
    bool sure = false;

    while (count > 2 * GROUP) {
        size_t before = count, pivot, at;

        pivot = sure ? median_of_medians(entry, count)
                     : median_of_three(entry, count / 4, count / 2, count - count / 4);
        at = partition(entry, count, pivot);
        if (at == place)
            return;
        if (place < at) {
            count = at;
        } else {
            entry += at + 1;
            count -= at + 1;
            place -= at + 1;
        }
        sure = count > before - before / 8;
    }
    sort_few(entry, count);
}

/* ---- Leaves ---- */

static size_t widest_feature(const struct build *build, const struct entry *entry, size_t count)
{
    size_t widest = 0;
    double most = -1;

    for (size_t i = 0; i < build->tree->features; i++) {
        double least = INFINITY, greatest = -INFINITY;

        for (size_t j = 0; j < count; j++) {
            double value = coordinate(build, entry[j].row, i);

            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }
        if (greatest - least > most) {
            most = greatest - least;
            widest = i;
        }
    }
    return widest;
}

/*
 * Halves the entries across their widest feature down to single leaves. All leaves but the last
 * must be full, so the first half has a power of two of them.
 */
static void split(const struct build *build, struct entry *entry, size_t count)
{
    size_t leaf = build->tree->leaf_blocks * KNN_LANES;

    while (count > leaf) {
        size_t feature = widest_feature(build, entry, count), half = leaf;

        while (2 * half < count)
            half *= 2;
        for (size_t i = 0; i < count; i++)
            entry[i].key = coordinate(build, entry[i].row, feature);
        select_place(entry, count, half);
        split(build, entry, half);
        entry += half;
        count -= half;
    }
}

static void fill_slots(const struct build *build)
{
    struct knn_tree *tree = build->tree;

    for (size_t slot = 0; slot < tree->blocks * KNN_LANES; slot++) {
        double *lane = tree->slots + slot / KNN_LANES * tree->features * KNN_LANES;
        bool filled = slot < tree->rows;

        tree->row[slot] = filled ? build->entry[slot].row : UINT32_MAX;
        lane += slot % KNN_LANES;
        for (size_t i = 0; i < tree->features; i++)
            lane[i * KNN_LANES] = filled ? coordinate(build, tree->row[slot], i) : INFINITY;
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
    struct knn_tree shape = {.features = features, .rows = rows};
    struct build build = {.matrix = matrix};
    size_t leaves;

    if (rows >= UINT32_MAX)
        return NULL;
    shape.blocks = (rows + KNN_LANES - 1) / KNN_LANES;
    shape.leaf_blocks = leaf_blocks_for(features);
    leaves = (shape.blocks + shape.leaf_blocks - 1) / shape.leaf_blocks;
    build.tree = allocate(shape, leaves);
    build.entry = malloc(rows * sizeof *build.entry);
    if (!build.tree || !build.entry) {
        free(build.tree);
        free(build.entry);
        return NULL;
    }
    for (size_t i = 0; i < rows; i++)
        build.entry[i].row = (uint32_t)i;
    split(&build, build.entry, rows);
    fill_slots(&build);
    free(build.entry);
    fill_boxes(build.tree, leaves);
    return build.tree;
}
