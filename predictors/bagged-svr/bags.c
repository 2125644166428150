/* SPDX-License-Identifier: MIT */
#include "bags.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_rng.h>

/* ---- Units ---- */

struct member {
    uint32_t group;
    size_t row;
};

static int by_group(const void *a, const void *b)
{
    const struct member *first = a, *second = b;

    if (first->group != second->group)
        return first->group < second->group ? -1 : 1;
    return (first->row > second->row) - (first->row < second->row);
}

int bags_make(const struct precopyml_trainer_task *task, struct bags *bags)
{
    struct member *members = calloc(task->rows, sizeof *members);

    *bags = (struct bags){0, calloc(task->rows, sizeof *bags->row),
                          calloc(task->rows + 1, sizeof *bags->start)};
    if (!members || !bags->row || !bags->start) {
        free(members);
        bags_free(bags);
        return -ENOMEM;
    }
    for (size_t i = 0; i < task->rows; i++)
        members[i] = (struct member){task->group[i], i};
    qsort(members, task->rows, sizeof *members, by_group);
    for (size_t i = 0; i < task->rows; i++) {
        bags->row[i] = members[i].row;
        if (i == 0 || members[i].group != members[i - 1].group)
            bags->start[bags->units++] = i;
    }
    if (bags->units == 1) {
        for (bags->units = 0; bags->units < task->rows; bags->units++)
            bags->start[bags->units] = bags->units;
    }
    bags->start[bags->units] = task->rows;
    free(members);
    return 0;
}

void bags_free(struct bags *bags)
{
    free(bags->row);
    free(bags->start);
    *bags = (struct bags){0};
}

/* ---- Drawing ---- */

/* Seeds of neighbours must have nothing in common, and the generator takes 32 bits (splitmix64). */
static unsigned long seed_of(uint64_t seed, uint32_t number)
{
    uint64_t z = seed + (number + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned long)((z ^ z >> 31) >> 32);
}

static void take_unit(const struct bags *bags, size_t unit, struct bag *bag)
{
    size_t length = bags->start[unit + 1] - bags->start[unit];

    memcpy(bag->row + bag->rows, bags->row + bags->start[unit], length * sizeof *bag->row);
    bag->rows += length;
}

int bags_draw(const struct bags *bags, uint64_t seed, uint32_t number, double share,
              struct bag *bag)
{
    size_t draws = (size_t)fmax(1, round(share * (double)bags->units)), rows = 0;
    size_t *unit = calloc(draws, sizeof *unit);
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    *bag = (struct bag){NULL, 0};
    if (unit && random) {
        gsl_rng_set(random, seed_of(seed, number));
        for (size_t i = 0; i < draws; i++) {
            unit[i] = gsl_rng_uniform_int(random, bags->units);
            rows += bags->start[unit[i] + 1] - bags->start[unit[i]];
        }
        bag->row = calloc(rows, sizeof *bag->row);
    }
    for (size_t i = 0; bag->row && i < draws; i++)
        take_unit(bags, unit[i], bag);
    gsl_rng_free(random);
    free(unit);
    return bag->row ? 0 : -ENOMEM;
}
