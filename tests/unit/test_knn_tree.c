/* SPDX-License-Identifier: MIT */
/*
 * The search of k-nearest neighbours against a scan of all rows: the same rows in the same order
 * with the same distances, bit for bit, whatever the data.
 */
#include <float.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes_write.h"
#include "knn.h"
#include "knn_tree.h"
#include "random_numbers.h"

struct rows {
    size_t count;
    size_t features;
    double *x;
};

static struct rows rows_alloc(size_t count, size_t features)
{
    struct rows rows = {count, features, malloc(count * features * sizeof(double))};

    assert_non_null(rows.x);
    return rows;
}

static struct knn_tree *tree_of(const struct rows *rows)
{
    struct bytes_out matrix = {0};
    struct knn_tree *tree;

    for (size_t i = 0; i < rows->count * rows->features; i++)
        bytes_put_f64(&matrix, rows->x[i]);
    assert_false(matrix.failed);
    tree = knn_tree_build(matrix.data, rows->count, rows->features);
    assert_non_null(tree);
    free(matrix.data); /* the tree has no need of it any more */
    return tree;
}

/* ---- The oracle ---- */

static int nearer(const void *left, const void *right)
{
    const struct knn_neighbour *a = left, *b = right;

    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* All rows, nearest first; returns how many have a finite distance. */
static size_t sort_all(const struct rows *rows, const double *x, struct knn_neighbour *list)
{
    size_t finite = 0;

    for (size_t row = 0; row < rows->count; row++) {
        double sum = 0;

        for (size_t i = 0; i < rows->features; i++) {
            double difference = x[i] - rows->x[row * rows->features + i];

            sum += difference * difference;
        }
        list[row] = (struct knn_neighbour){sum, (uint32_t)row};
        finite += isfinite(sum) != 0;
    }
    qsort(list, rows->count, sizeof list[0], nearer);
    return finite;
}

static void assert_found(const struct knn_tree *tree, const double *x, size_t k,
                         const struct knn_neighbour *wanted, size_t finite)
{
    struct knn_neighbour got[KNN_NEIGHBOURS_MAX];
    size_t count = knn_tree_nearest(tree, x, k, got);

    assert_int_equal(count, k < finite ? k : finite);
    for (size_t i = 0; i < count; i++) {
        if (got[i].row != wanted[i].row || got[i].distance != wanted[i].distance)
            fail_msg("neighbour %zu of %zu, %zu rows x %zu: row %u at %.17g is not row %u at %.17g",
                     i, k, tree->rows, tree->features, got[i].row, got[i].distance, wanted[i].row,
                     wanted[i].distance);
    }
}

static void assert_agrees(const struct rows *rows, const struct knn_tree *tree, const double *x,
                          struct knn_neighbour *all)
{
    size_t finite = sort_all(rows, x, all);

    for (size_t k = 1; k <= KNN_NEIGHBOURS_MAX; k += 1 + random_bits() % 9)
        assert_found(tree, x, k, all, finite);
    assert_found(tree, x, KNN_NEIGHBOURS_MAX, all, finite);
}

/* ---- Data ---- */

typedef void fill_fn(struct rows *rows);

static void fill_uniform(struct rows *rows)
{
    for (size_t i = 0; i < rows->count * rows->features; i++)
        rows->x[i] = 2 * random_unit() - 1;
}

/* Three clusters on lines: all features follow one number, but for a little noise. */
static void fill_clustered(struct rows *rows)
{
    for (size_t row = 0; row < rows->count; row++) {
        double cluster = (double)(random_bits() % 3), along = random_unit();

        for (size_t i = 0; i < rows->features; i++)
            rows->x[row * rows->features + i] =
                cluster * 5 + along * (double)(i + 1) + 0.01 * random_unit();
    }
}

/* Many rows again and again, some of them next to each other in the last bit only. */
static void fill_repeated(struct rows *rows)
{
    for (size_t row = 0; row < rows->count; row++) {
        for (size_t i = 0; i < rows->features; i++)
            rows->x[row * rows->features + i] =
                (double)(random_bits() % 3) + (random_bits() % 16 == 0 ? 0x1p-52 : 0);
    }
}

static void fill_equal(struct rows *rows)
{
    for (size_t i = 0; i < rows->count * rows->features; i++)
        rows->x[i] = 0.1;
}

static void fill_sorted(struct rows *rows)
{
    for (size_t i = 0; i < rows->count * rows->features; i++)
        rows->x[i] = (double)(i / rows->features);
}

/* All magnitudes that a double has, beyond single precision, overflowing and vanishing squares. */
static void fill_extreme(struct rows *rows)
{
    for (size_t i = 0; i < rows->count * rows->features; i++) {
        int exponent = (int)(random_bits() % 2098) - 1074;

        rows->x[i] = ldexp(2 * random_unit() - 1, exponent);
        if (random_bits() % 64 == 0)
            rows->x[i] = random_bits() % 2 ? DBL_MAX : -DBL_MAX;
    }
}

/* Squares in and around the subnormal numbers, where rounding errors are not relative. */
static void fill_tiny(struct rows *rows)
{
    for (size_t i = 0; i < rows->count * rows->features; i++)
        rows->x[i] = ldexp(floor(8 * random_unit()), -538);
}

static fill_fn *const laws[] = {fill_uniform, fill_clustered, fill_repeated, fill_equal,
                                fill_sorted,  fill_extreme,   fill_tiny};
enum { LAWS = sizeof laws / sizeof laws[0] };

/* ---- Tests ---- */

/* Half of the questions are rows, the others lie between two of them feature by feature. */
static void ask(const struct rows *rows, int questions)
{
    struct knn_neighbour *all = calloc(rows->count, sizeof *all);
    double *x = calloc(rows->features, sizeof *x);
    struct knn_tree *tree = tree_of(rows);

    assert_non_null(all);
    assert_non_null(x);
    for (int question = 0; question < questions; question++) {
        const double *one = rows->x + random_bits() % rows->count * rows->features;
        const double *other = rows->x + random_bits() % rows->count * rows->features;

        for (size_t i = 0; i < rows->features; i++)
            x[i] = question % 2 ? one[i] : (random_bits() % 2 ? one[i] : one[i] / 2 + other[i] / 2);
        assert_agrees(rows, tree, x, all);
    }
    free(tree);
    free(all);
    free(x);
}

/* Around the sizes at which blocks, leaves and nodes fill up. */
static void small_trees_agree(void **state)
{
    (void)state;
    for (size_t law = 0; law < LAWS; law++) {
        for (size_t count = 1; count < 70; count++) {
            struct rows rows = rows_alloc(count, 1 + random_bits() % 5);

            laws[law](&rows);
            ask(&rows, 3);
            free(rows.x);
        }
    }
}

static void larger_trees_agree(void **state)
{
    static const size_t counts[] = {191, 192, 193, 1000, 1536, 1537, 3001};

    (void)state;
    for (size_t law = 0; law < LAWS; law++) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            struct rows rows = rows_alloc(counts[i], 1 + random_bits() % 24);

            laws[law](&rows);
            ask(&rows, 6);
            free(rows.x);
        }
    }
}

static void a_large_tree_agrees(void **state)
{
    struct rows rows = rows_alloc(100000, 8);

    (void)state;
    fill_clustered(&rows);
    ask(&rows, 4);
    free(rows.x);
}

/* A search that looks at all rows is right too, but then the boxes were useless. */
static void every_box_holds_its_rows_tightly(void **state)
{
    struct rows rows = rows_alloc(5000, 3);
    struct knn_tree *tree;
    double widths = 0;

    (void)state;
    fill_uniform(&rows);
    tree = tree_of(&rows);
    for (size_t leaf = 0; leaf * tree->leaf_blocks < tree->blocks; leaf++) {
        const float *box = tree->boxes[0] + leaf / KNN_FAN * 3 * 2 * KNN_FAN + leaf % KNN_FAN;
        size_t first = leaf * tree->leaf_blocks * KNN_LANES;

        for (size_t i = 0; i < 3; i++) {
            double least = (double)box[2 * i * KNN_FAN], most = (double)box[(2 * i + 1) * KNN_FAN];

            for (size_t j = 0; j < tree->leaf_blocks * KNN_LANES && first + j < 5000; j++) {
                double value = rows.x[tree->row[first + j] * 3 + i];

                assert_true(least <= value && value <= most);
            }
            widths += (most - least) / (3 * 5000.0 / 24);
        }
    }
    if (!(widths < 0.5)) /* 209 boxes fill a cube of width 2: one of them 0.34 wide */
        fail_msg("a box is %g wide", widths);
    free(tree);
    free(rows.x);
}

/* Sorting loses and doubles none. */
static void every_row_is_there_once(void **state)
{
    (void)state;
    for (size_t law = 0; law < LAWS; law++) {
        struct rows rows = rows_alloc(1 + random_bits() % 5000, 2);
        unsigned char *seen = calloc(rows.count, 1);
        struct knn_tree *tree;

        assert_non_null(seen);
        laws[law](&rows);
        tree = tree_of(&rows);
        for (size_t slot = 0; slot < rows.count; slot++) {
            assert_true(tree->row[slot] < rows.count);
            assert_false(seen[tree->row[slot]]++);
        }
        free(tree);
        free(seen);
        free(rows.x);
    }
}

/* docs/model-format.md promises twice the file once loaded; the payload itself is kept. */
static void a_tree_is_no_larger_than_its_payload(void **state)
{
    static const size_t features[] = {1, 2, 3, 8, 9, 10, 16, 22, 23, 24};

    (void)state;
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        struct rows rows = rows_alloc(40001, features[i]);
        struct knn_tree *tree;

        fill_equal(&rows);
        tree = tree_of(&rows);
        assert_in_range(malloc_usable_size(tree), rows.count * rows.features * sizeof(double),
                        knn_payload_length(rows.count, rows.features) + (16 << 10));
        free(tree);
        free(rows.x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_trees_agree),
        cmocka_unit_test(larger_trees_agree),
        cmocka_unit_test(a_large_tree_agrees),
        cmocka_unit_test(every_box_holds_its_rows_tightly),
        cmocka_unit_test(every_row_is_there_once),
        cmocka_unit_test(a_tree_is_no_larger_than_its_payload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
