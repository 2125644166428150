/* SPDX-License-Identifier: MIT */
#include "knn_condense.h"

#include <errno.h>

#include "knn_order.h"

struct condensing {
    struct knn_order order;
    const double *y;
    double *out_x;
    double *out_y;
};

/* Each term is divided first, so that no sum overflows. */
static void put_mean(struct condensing *condensing, size_t first, size_t count)
{
    const struct knn_order *order = &condensing->order;
    double n = (double)count;

    for (size_t i = 0; i < order->features; i++, condensing->out_x++) {
        *condensing->out_x = 0;
        for (size_t place = first; place < first + count; place++)
            *condensing->out_x += knn_order_value(order, place, i) / n;
    }
    *condensing->out_y = 0;
    for (size_t place = first; place < first + count; place++)
        *condensing->out_y += condensing->y[order->entry[place].row] / n;
    condensing->out_y++;
}

/* Neighbourhoods differ by one row at most, since halves get rows as they get neighbourhoods. */
static void condense(struct condensing *condensing, size_t first, size_t count, size_t most)
{
    while (most > 1) {
        size_t half = most / 2, left = count / most * half;

        left += count % most < half ? count % most : half;
        knn_order_split(&condensing->order, first, count, left);
        condense(condensing, first, left, half);
        first += left;
        count -= left;
        most -= half;
    }
    put_mean(condensing, first, count);
}

int knn_condense(const unsigned char *matrix, const double *y, size_t rows, size_t features,
                 size_t most, double *out_x, double *out_y)
{
    struct condensing condensing = {.y = y, .out_x = out_x, .out_y = out_y};
    int error = knn_order_begin(&condensing.order, matrix, rows, features) ? -ENOMEM : 0;

    if (!error)
        condense(&condensing, 0, rows, most);
    knn_order_end(&condensing.order);
    return error;
}
