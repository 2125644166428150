/* SPDX-License-Identifier: MIT */
/* Predictors by name: those built in, and those a program registered. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include <precopyml-predictor.h>

/* Ends with NULL; generated from the build option `predictors`. */
extern const struct precopyml_predictor_ops *const builtin_predictors[];

/* The ops of a name, or NULL. Thread-safety: any thread. */
const struct precopyml_predictor_ops *registry_find(const char *name);

#endif
