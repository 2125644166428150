/* SPDX-License-Identifier: MIT */
/* Boundaries of recorded migrations in memory, and the choice of those to train on. */
#ifndef DATASET_H
#define DATASET_H

#include <stdbool.h>

#include <precopyml-train.h>

enum { DATASET_SOURCES = 8, DATASET_SOURCE_LENGTH = 32 };

/*
 * Labels and forecasts below half of what QEMU can tell (it reports whole milliseconds) count as
 * that in ratios: otherwise a downtime that was rounded to 0 would be infinitely far from anything.
 */
#define DATASET_LABEL_FLOOR 0.0005

struct dataset_row {
    unsigned long line; /* in the file, from 1 */
    uint32_t group;     /* the migration, 0 to groups - 1 */
    uint32_t source;    /* of the targets; DATASET_SOURCES: not told */
    struct precopyml_features features;
    double target[PRECOPYML_TARGET_COUNT]; /* s; NaN: unknown */
};

struct precopyml_train_dataset {
    char *name;
    struct dataset_row *row;
    size_t rows;
    uint32_t groups;
    uint64_t features; /* columns there are, one bit each */
    uint64_t targets;
    bool has_source;
    uint32_t sources;
    char source[DATASET_SOURCES][DATASET_SOURCE_LENGTH];
    uint64_t hash;
};

/* Numbers of rows of a data set, ascending. */
struct selection {
    enum precopyml_target target;
    size_t *row;
    size_t count;
    size_t unlabelled; /* rows left out: the target is unknown */
    size_t other;      /* rows left out: measured another way than asked for */
};

/*
 * The rows whose target is known. `source` is a word, or NULL when one kind only is to be there.
 * 0, -EBADMSG no such column or mixed sources, -ENODATA no row, -ENOMEM.
 */
int selection_make(const struct precopyml_train_dataset *dataset, enum precopyml_target target,
                   const char *source, struct selection *selection);
void selection_free(struct selection *selection);

/* 0, or -EBADMSG with the first cell of these features that is empty in a selected row. */
int selection_require(const struct precopyml_train_dataset *dataset,
                      const struct selection *selection, const uint32_t *features, size_t count);

/* True when the feature is known in every selected row. */
bool selection_knows(const struct precopyml_train_dataset *dataset,
                     const struct selection *selection, uint32_t feature);

const char *feature_name(uint32_t feature);

static inline double relative(double forecast, double observed)
{
    double floor = DATASET_LABEL_FLOOR;

    return (forecast > floor ? forecast : floor) / (observed > floor ? observed : floor);
}

#endif
