/* SPDX-License-Identifier: MIT */
/*
 * Bootstrap samples of a task's rows. What is drawn, with replacement, are whole migrations: rows
 * of one are so alike that bags of single rows would all hold the same, and the spread of their
 * forecasts would say nothing about a migration not yet seen. With one migration only, rows are
 * drawn.
 */
#ifndef BAGS_H
#define BAGS_H

#include <precopyml-train.h>

struct bags {
    size_t units;  /* migrations, or rows */
    size_t *row;   /* all rows, unit by unit */
    size_t *start; /* [units + 1]: where in `row` a unit begins */
};

/* 0 or -ENOMEM. */
int bags_make(const struct precopyml_trainer_task *task, struct bags *bags);
void bags_free(struct bags *bags);

/* A bag's rows. */
struct bag {
    size_t *row;
    size_t rows;
};

/*
 * Draws `share` times as many units as there are, at least one. Depends on seed and number only.
 * 0 or -ENOMEM; free() bag->row.
 */
int bags_draw(const struct bags *bags, uint64_t seed, uint32_t number, double share,
              struct bag *bag);

#endif
