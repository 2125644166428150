/* SPDX-License-Identifier: MIT */
#include "vector.h"

#include <errno.h>
#include <string.h>

_Static_assert(PRECOPYML_STAT_COUNT <= 64, "one bit of `known` a counter");
_Static_assert(PRECOPYML_FEATURE_COUNT <= 64, "one bit of `known` a feature");

/* What stands before the values in both structs: `size` and `known`. */
enum { HEADER = offsetof(struct precopyml_stats, value) };
_Static_assert(offsetof(struct precopyml_features, value) == HEADER, "layout");

static uint64_t low_bits(size_t count)
{
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

/* Values that a struct of this size holds, or -EINVAL. */
static int capacity_of(size_t size)
{
    if (size < HEADER || size > HEADER + 64 * sizeof(double) ||
        (size - HEADER) % sizeof(double) != 0)
        return -EINVAL;
    return (int)((size - HEADER) / sizeof(double));
}

static bool is_zero(const double *values, size_t count)
{
    static const double zero[64];

    return memcmp(values, zero, count * sizeof zero[0]) == 0;
}

/* Copies a caller's vector of `capacity` values into one of `count`. */
static int normalize(int capacity, uint64_t from_known, const double *from, size_t count,
                     uint64_t *known, double *values)
{
    size_t shared = (size_t)capacity < count ? (size_t)capacity : count;
    if (from_known & ~low_bits(shared))
        return (size_t)capacity > count ? -E2BIG : -EINVAL;
    if (!is_zero(from + shared, (size_t)capacity - shared))
        return -E2BIG;
    *known = from_known;
    memset(values, 0, count * sizeof values[0]);
    for (size_t i = 0; i < shared; i++) {
        if (isfinite(from[i]))
            values[i] = from[i];
        else
            *known &= ~(UINT64_C(1) << i);
    }
    return 0;
}

void vector_put(uint64_t *known, double *values, unsigned id, double value)
{
    if (isfinite(value)) {
        *known |= UINT64_C(1) << id;
        values[id] = value;
    } else {
        *known &= ~(UINT64_C(1) << id);
        values[id] = 0.0;
    }
}

static int put(size_t size, uint64_t *known, double *values, size_t count, int id, double value)
{
    int capacity = capacity_of(size);

    if (capacity < 0 || id < 0 || id >= capacity || (size_t)id >= count)
        return -EINVAL;
    vector_put(known, values, (unsigned)id, value);
    return 0;
}

int stats_normalize(const struct precopyml_stats *from, struct precopyml_stats *to)
{
    int capacity = from ? capacity_of(from->size) : -EINVAL;

    if (capacity < 0) /* nothing behind the size may be read */
        return capacity;
    to->size = sizeof *to;
    return normalize(capacity, from->known, from->value, PRECOPYML_STAT_COUNT, &to->known,
                     to->value);
}

int features_normalize(const struct precopyml_features *from, struct precopyml_features *to)
{
    int capacity = from ? capacity_of(from->size) : -EINVAL;

    if (capacity < 0)
        return capacity;
    to->size = sizeof *to;
    return normalize(capacity, from->known, from->value, PRECOPYML_FEATURE_COUNT, &to->known,
                     to->value);
}

int features_export(const struct precopyml_features *from, struct precopyml_features *to)
{
    int capacity = to ? capacity_of(to->size) : -EINVAL;
    size_t shared;

    if (capacity < 0)
        return -EINVAL;
    shared = capacity < PRECOPYML_FEATURE_COUNT ? (size_t)capacity : PRECOPYML_FEATURE_COUNT;
    to->known = from->known & low_bits(shared);
    memset(to->value, 0, (size_t)capacity * sizeof to->value[0]);
    memcpy(to->value, from->value, shared * sizeof to->value[0]);
    return 0;
}

double stats_page_size(const struct precopyml_stats *stats)
{
    double size = stats_value(stats, PRECOPYML_STAT_PAGE_SIZE);

    return size > 0 ? size : 4096.0;
}

void struct_export(void *to, const void *from, size_t own_size)
{
    size_t size;

    memcpy(&size, to, sizeof size);
    if (size > own_size)
        size = own_size;
    memcpy((char *)to + sizeof size, (const char *)from + sizeof size, size - sizeof size);
}

int precopyml_stats_set(struct precopyml_stats *stats, enum precopyml_stat id, double value)
{
    if (!stats)
        return -EINVAL;
    return put(stats->size, &stats->known, stats->value, PRECOPYML_STAT_COUNT, (int)id, value);
}

int precopyml_features_set(struct precopyml_features *features, enum precopyml_feature id,
                           double value)
{
    if (!features)
        return -EINVAL;
    return put(features->size, &features->known, features->value, PRECOPYML_FEATURE_COUNT, (int)id,
               value);
}

double precopyml_features_get(const struct precopyml_features *features, enum precopyml_feature id)
{
    int capacity = features ? capacity_of(features->size) : -EINVAL;

    if ((int)id < 0 || (int)id >= capacity || id >= PRECOPYML_FEATURE_COUNT)
        return NAN;
    return feature_value(features, id);
}
