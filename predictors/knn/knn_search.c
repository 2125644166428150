/* SPDX-License-Identifier: MIT */
/*
 * Nearest boxes first, until no box left is nearer than the worst neighbour found.
 *
 * A box's distance is computed like a row's, step by step in the same order, at the box's point
 * nearest to x. Each step is monotone also when rounded, so it never exceeds the distance of a row
 * inside, to the last bit, and no margin for rounding errors is needed.
 */
#include "knn_tree.h"

#include <float.h>

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
static void insert(struct search *search, struct knn_neighbour candidate)
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

/*
 * Half a block or node at a time: the sums of a whole one gcc 12 would keep in memory where vectors
 * are short, at half the speed.
 */
enum { HALF = 4 };
_Static_assert(KNN_LANES == 2 * HALF && KNN_FAN == 2 * HALF, "two halves");

static inline void add_squares(double x, const double *slots, double *distance)
{
    for (size_t lane = 0; lane < HALF; lane++) {
        double difference = x - slots[lane];

        distance[lane] += difference * difference;
    }
}

static void search_block(struct search *search, size_t block)
{
    const struct knn_tree *tree = search->tree;
    const double *slots = tree->slots + block * tree->features * KNN_LANES;
    double distance[2][HALF] = {{0}, {0}};

    for (size_t i = 0; i < tree->features; i++, slots += KNN_LANES) {
        add_squares(search->x[i], slots, distance[0]);
        add_squares(search->x[i], slots + HALF, distance[1]);
    }
    for (size_t lane = 0; lane < KNN_LANES; lane++) {
        double of_lane = distance[lane / HALF][lane % HALF];

        if (of_lane <= search->worst)
            insert(search, (struct knn_neighbour){of_lane, tree->row[block * KNN_LANES + lane]});
    }
}

static void search_leaf(struct search *search, size_t leaf)
{
    size_t block = leaf * search->tree->leaf_blocks, end = block + search->tree->leaf_blocks;

    for (; block < end && block < search->tree->blocks; block++)
        search_block(search, block);
}

/* From x to the nearest that the boxes have. */
static inline void add_gaps(double x, const float *least, const float *greatest, double *distance)
{
    for (size_t child = 0; child < HALF; child++) {
        double low = (double)least[child], high = (double)greatest[child];
        double inside = low > x ? low : x, difference;

        inside = high < inside ? high : inside;
        difference = x - inside;
        distance[child] += difference * difference;
    }
}

/* Stacks a node's children that may hold neighbours, the nearest, or first of the nearest, last. */
static void stack_children(struct search *search, uint32_t node, uint32_t level)
{
    const struct knn_tree *tree = search->tree;
    const float *box = tree->boxes[level - 1] + (size_t)node * tree->features * 2 * KNN_FAN;
    double bound[2][HALF] = {{0}, {0}};
    size_t bottom = search->visits;

    for (size_t i = 0; i < tree->features; i++, box += 2 * KNN_FAN) {
        add_gaps(search->x[i], box, box + KNN_FAN, bound[0]);
        add_gaps(search->x[i], box + HALF, box + KNN_FAN + HALF, bound[1]);
    }
    for (uint32_t child = KNN_FAN; child-- > 0;) {
        double of_child = bound[child / HALF][child % HALF];
        size_t i = search->visits;

        if (!(of_child <= search->worst))
            continue;
        for (; i > bottom && search->visit[i - 1].bound < of_child; i--)
            search->visit[i] = search->visit[i - 1];
        search->visit[i] = (struct visit){of_child, node * KNN_FAN + child, level - 1};
        search->visits++;
    }
}

size_t knn_tree_nearest(const struct knn_tree *tree, const double *x, size_t k,
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
