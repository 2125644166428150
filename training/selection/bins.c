/* SPDX-License-Identifier: MIT */
#include "bins.h"

#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_sort.h>

#include "train_error.h"

static size_t count_distinct(const double *value, const size_t *order, size_t count)
{
    size_t distinct = count > 0;

    for (size_t i = 1; i < count; i++)
        distinct += value[order[i]] != value[order[i - 1]];
    return distinct;
}

int bins_make(const double *value, size_t count, uint32_t wanted, uint32_t *bin, uint32_t *bins)
{
    size_t *order = malloc((count + 1) * sizeof *order);
    size_t first = 0, before = 0; /* of the values equal to this one; the class of the last ones */
    uint32_t used = 0;
    bool each;

    if (!order)
        return train_no_memory();
    gsl_sort_index(order, value, 1, count);
    each = count_distinct(value, order, count) <= wanted;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || value[order[i]] != value[order[first]]) {
            size_t class = i * wanted / count;

            used += i == 0 || each || class != before;
            before = class;
            first = i;
        }
        bin[order[i]] = used - 1;
    }
    *bins = used;
    free(order);
    return 0;
}
