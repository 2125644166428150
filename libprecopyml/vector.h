/* SPDX-License-Identifier: MIT */
/* Sparse vectors: the common shape of precopyml_stats and precopyml_features. */
#ifndef VECTOR_H
#define VECTOR_H

#include <math.h>
#include <stdbool.h>

#include <precopyml.h>

/*
 * Copies a caller's struct of its own `size` into one of this library's, which becomes complete:
 * what the caller's lacks is unknown, and so is every value that is not finite. 0, -EINVAL for a
 * size that cannot be, -E2BIG when a tail this library does not know is not zero.
 */
int stats_normalize(const struct precopyml_stats *from, struct precopyml_stats *to);
int features_normalize(const struct precopyml_features *from, struct precopyml_features *to);

/*
 * Copies a complete features struct out to a caller's of its own size. 0, -EINVAL.
 */
int features_export(const struct precopyml_features *from, struct precopyml_features *to);

/* Bytes, of a complete struct; unknown counts as 4096. */
double stats_page_size(const struct precopyml_stats *stats);

/*
 * Fills as much of a caller's struct as it has, from this library's of `own_size`. Its first
 * member, its own size, is at least that long and stays.
 */
void struct_export(void *to, const void *from, size_t own_size);

static inline bool stats_known(const struct precopyml_stats *stats, enum precopyml_stat id)
{
    return stats->known >> id & 1;
}

/* The value or NaN, of a complete struct. */
static inline double stats_value(const struct precopyml_stats *stats, enum precopyml_stat id)
{
    return stats_known(stats, id) ? stats->value[id] : (double)NAN;
}

static inline double feature_value(const struct precopyml_features *features,
                                   enum precopyml_feature id)
{
    return features->known >> id & 1 ? features->value[id] : (double)NAN;
}

/* Sets one value of a vector; one that is not finite makes it unknown. */
void vector_put(uint64_t *known, double *values, unsigned id, double value);

/* The same, of a complete struct. */
static inline void feature_put(struct precopyml_features *features, enum precopyml_feature id,
                               double value)
{
    vector_put(&features->known, features->value, id, value);
}

#endif
