/* SPDX-License-Identifier: MIT */
/* What training assumes of each feature: which it takes by default, and how it is scaled. */
#ifndef FEATURE_RULES_H
#define FEATURE_RULES_H

#include "dataset.h"
#include "model_write.h"

struct feature_set {
    size_t count;
    uint32_t id[PRECOPYML_FEATURE_COUNT];
    uint64_t left_out; /* bits: of the default set, and not known in every row */
};

/*
 * The features asked for, every one of which must be known in every selected row; or, with `ids`
 * NULL, those of the target's default set that are. 0, -EINVAL, -EBADMSG, -ENODATA when none is
 * left.
 */
int feature_set_make(const struct precopyml_train_dataset *dataset,
                     const struct selection *selection, const uint32_t *ids, size_t count,
                     struct feature_set *set);

/* False for what is a plan while the target is that of a stop already chosen: rounds_left. */
bool feature_has_bearing(uint32_t feature, enum precopyml_target target);

/* Fits a feature's transform and scale to `count` raw values; `work` has room for as many. */
void feature_scale(uint32_t feature, const double *raw, size_t count, double *work,
                   struct feature_spec *spec);

#endif
