/* SPDX-License-Identifier: MIT */
/*
 * Nearest boxes first, until no box left is nearer than the worst neighbour found.
 *
 * A box's distance is computed like a row's, step by step in the same order, at the box's point
 * nearest to x. Each step is monotone also when rounded, so it never exceeds the distance of a row
 * inside, to the last bit, and no margin for rounding errors is needed.
 *
 * The search is compiled twice where processors differ in the width of their vectors. Both do the
 * same operations on the same numbers, none is fused or reordered, so both give the same bits.
 */
#include "knn_tree.h"

#include <float.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* What is yet to be looked at: a node, or under the lowest level a leaf. */
struct visit {
    double bound; /* squared distance of its box */
    uint32_t number;
    uint32_t level; /* 0: a leaf; l: a node whose children's boxes are boxes[l - 1] */
};

struct search {
    const struct knn_tree *tree;
    const double *x;
    struct knn_neighbour *list;
    size_t k;
    size_t count;
    double worst; /* distance that a neighbour may have at most */
    size_t visits;
    struct visit visit[KNN_LEVELS_MAX * KNN_FAN]; /* a stack, nearest on top */
};

/* Puts a row into the sorted list when it belongs there. */
static ALWAYS_INLINE void insert(struct search *search, struct knn_neighbour candidate)
{
    struct knn_neighbour *list = search->list;
    size_t i = search->count;

    if (i == search->k) {
        if (candidate.distance == search->worst && candidate.row > list[i - 1].row)
            return;
        i--;
    } else {
        search->count++;
    }
    for (;
         i > 0 && (candidate.distance < list[i - 1].distance ||
                   (candidate.distance == list[i - 1].distance && candidate.row < list[i - 1].row));
         i--)
        list[i] = list[i - 1];
    list[i] = candidate;
    if (search->count == search->k)
        search->worst = list[search->k - 1].distance;
}

static ALWAYS_INLINE void search_block(struct search *search, size_t block)
{
    const struct knn_tree *tree = search->tree;
    const double *slots = tree->slots + block * tree->features * KNN_LANES;
    double distance[KNN_LANES] = {0};

    for (size_t i = 0; i < tree->features; i++, slots += KNN_LANES) {
        for (size_t lane = 0; lane < KNN_LANES; lane++) {
            double difference = search->x[i] - slots[lane];

            distance[lane] += difference * difference;
        }
    }
    for (size_t lane = 0; lane < KNN_LANES; lane++) {
        if (distance[lane] <= search->worst)
            insert(search,
                   (struct knn_neighbour){distance[lane], tree->row[block * KNN_LANES + lane]});
    }
}

static ALWAYS_INLINE void search_leaf(struct search *search, size_t leaf)
{
    size_t block = leaf * search->tree->leaf_blocks, end = block + search->tree->leaf_blocks;

    for (; block < end && block < search->tree->blocks; block++)
        search_block(search, block);
}

/* Stacks a node's children that may hold neighbours, the nearest, or first of the nearest, last. */
static ALWAYS_INLINE void stack_children(struct search *search, uint32_t node, uint32_t level)
{
    const struct knn_tree *tree = search->tree;
    const float *box = tree->boxes[level - 1] + (size_t)node * tree->features * 2 * KNN_FAN;
    double bound[KNN_FAN] = {0};
    size_t bottom = search->visits;

    for (size_t i = 0; i < tree->features; i++, box += 2 * KNN_FAN) {
        for (size_t child = 0; child < KNN_FAN; child++) {
            double x = search->x[i], low = (double)box[child], high = (double)box[child + KNN_FAN];
            double inside = low > x ? low : x, difference;

            inside = high < inside ? high : inside;
            difference = x - inside;
            bound[child] += difference * difference;
        }
    }
    for (uint32_t child = KNN_FAN; child-- > 0;) {
        size_t i = search->visits;

        if (!(bound[child] <= search->worst))
            continue;
        for (; i > bottom && search->visit[i - 1].bound < bound[child]; i--)
            search->visit[i] = search->visit[i - 1];
        search->visit[i] = (struct visit){bound[child], node * KNN_FAN + child, level - 1};
        search->visits++;
    }
}

static ALWAYS_INLINE size_t nearest(const struct knn_tree *tree, const double *x, size_t k,
                                    struct knn_neighbour *list)
{
    struct search search;

    search.tree = tree;
    search.x = x;
    search.list = list;
    search.k = k;
    search.count = 0;
    search.worst = DBL_MAX;
    search.visits = 1;
    search.visit[0] = (struct visit){0, 0, (uint32_t)tree->levels};
    while (search.visits > 0) {
        struct visit visit = search.visit[--search.visits];

        if (visit.bound > search.worst)
            continue;
        if (visit.level == 0)
            search_leaf(&search, visit.number);
        else
            stack_children(&search, visit.number, visit.level);
    }
    return search.count;
}

size_t knn_tree_nearest_portable(const struct knn_tree *tree, const double *x, size_t k,
                                 struct knn_neighbour *list)
{
    return nearest(tree, x, k, list);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static size_t
nearest_avx2(const struct knn_tree *tree, const double *x, size_t k, struct knn_neighbour *list)
{
    return nearest(tree, x, k, list);
}

size_t knn_tree_nearest(const struct knn_tree *tree, const double *x, size_t k,
                        struct knn_neighbour *list)
{
    return __builtin_cpu_supports("avx2") ? nearest_avx2(tree, x, k, list)
                                          : knn_tree_nearest_portable(tree, x, k, list);
}
#else
size_t knn_tree_nearest(const struct knn_tree *tree, const double *x, size_t k,
                        struct knn_neighbour *list)
{
    return knn_tree_nearest_portable(tree, x, k, list);
}
#endif
