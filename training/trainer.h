/* SPDX-License-Identifier: MIT */
/* Trainers by name: those built in, and those a program registered. */
#ifndef TRAINER_H
#define TRAINER_H

#include <precopyml-train.h>

/* Ends with NULL; generated from the build option `predictors`. */
extern const struct precopyml_trainer_ops *const builtin_trainers[];

/* The ops of a name, or NULL. Thread-safety: any thread. */
const struct precopyml_trainer_ops *trainer_find(const char *name);

/* Says that there is none of this name, and which there are: -ENOTSUP. */
int trainer_unknown(const char *name);

#endif
