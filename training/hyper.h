/* SPDX-License-Identifier: MIT */
/* Hyper-parameters: what the caller fixed, and the combinations left to try. */
#ifndef HYPER_H
#define HYPER_H

#include <stdbool.h>

#include <precopyml-train.h>

enum { HYPER_MAX = 8 };

/* One value an option; NaN: left open. */
struct hyper {
    size_t count;
    double value[HYPER_MAX];
};

/* Reads "k=7,weighting=distance"; NULL leaves all open. 0 or -EINVAL. */
int hyper_parse(const struct precopyml_trainer_ops *ops, const char *text, struct hyper *fixed);

/* Combinations of what is open; 1 when nothing is. */
size_t hyper_combinations(const struct precopyml_trainer_ops *ops, const struct hyper *fixed);

/* Combination number i; the last option changes fastest. */
struct hyper hyper_combination(const struct precopyml_trainer_ops *ops, const struct hyper *fixed,
                               size_t i);

/* True when the option may have this value. */
bool hyper_allows(const struct precopyml_trainer_option *option, double value);

#endif
