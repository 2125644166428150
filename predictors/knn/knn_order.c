/* SPDX-License-Identifier: MIT */
#include "knn_order.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bytes.h"

int knn_order_begin(struct knn_order *order, const unsigned char *matrix, size_t rows,
                    size_t features)
{
    *order = (struct knn_order){matrix, features, malloc(rows * sizeof *order->entry)};
    for (size_t i = 0; order->entry && i < rows; i++)
        order->entry[i].row = (uint32_t)i;
    return order->entry ? 0 : -1;
}

double knn_order_value(const struct knn_order *order, size_t place, size_t feature)
{
    size_t at = (order->entry[place].row * order->features + feature) * sizeof(double);
    struct bytes bytes = bytes_of(order->matrix + at, sizeof(double));

    return bytes_f64(&bytes);
}

/* ---- Selection ---- */

/* No two entries are equal, so that equal rows split as evenly as any others. */
static bool precedes(const struct knn_entry *a, const struct knn_entry *b)
{
    return a->key < b->key || (a->key == b->key && a->row < b->row);
}

static void swap(struct knn_entry *a, struct knn_entry *b)
{
    struct knn_entry kept = *a;

    *a = *b;
    *b = kept;
}

static void sort_few(struct knn_entry *entry, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && precedes(&entry[j], &entry[j - 1]); j--)
            swap(&entry[j], &entry[j - 1]);
    }
}

/* Puts what precedes the entry at `pivot` before it and the others behind; where it then is. */
static size_t partition(struct knn_entry *entry, size_t count, size_t pivot)
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

static size_t median_of_three(const struct knn_entry *entry, size_t a, size_t b, size_t c)
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

static void select_place(struct knn_entry *entry, size_t count, size_t place);

/* Between three and seven tenths of the entries precede it, whatever they are. */
static size_t median_of_medians(struct knn_entry *entry, size_t count)
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
static void select_place(struct knn_entry *entry, size_t count, size_t place)
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

/* ---- Halves ---- */

static size_t widest_feature(const struct knn_order *order, size_t first, size_t count)
{
    size_t widest = 0;
    double most = -1;

    for (size_t i = 0; i < order->features; i++) {
        double least = INFINITY, greatest = -INFINITY;

        for (size_t place = first; place < first + count; place++) {
            double value = knn_order_value(order, place, i);

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

void knn_order_split(struct knn_order *order, size_t first, size_t count, size_t left)
{
    size_t feature = widest_feature(order, first, count);

    for (size_t place = first; place < first + count; place++)
        order->entry[place].key = knn_order_value(order, place, feature);
    select_place(order->entry + first, count, left);
}

void knn_order_end(struct knn_order *order)
{
    free(order->entry);
}
