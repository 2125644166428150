/* SPDX-License-Identifier: MIT */
/* Rows drawn from a selection. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <gsl/gsl_rng.h>

#include "dataset.h"

/*
 * One row of each migration, drawn at random: rows of one resemble each other, and tests that took
 * them for independent would find significance in anything. 0 or -ENOMEM; free `sample` either way.
 */
int sample_one_each(const struct precopyml_train_dataset *dataset, const struct selection *rows,
                    gsl_rng *rng, struct selection *sample);

/*
 * Whole migrations in random order, those that still fit into `most` rows; 0: all. The first one is
 * always in. 0 or -ENOMEM; free `sample` either way.
 */
int sample_migrations(const struct precopyml_train_dataset *dataset, const struct selection *rows,
                      size_t most, gsl_rng *rng, struct selection *sample);

#endif
