/* SPDX-License-Identifier: MIT */
/*
 * Nested cross-validation: forecasts for every row by models that have not seen its migration. Mode
 * and hyper-parameters are chosen anew inside each fold; choosing them on all rows would let the
 * test rows have a say, and the more of a say the larger a predictor's grid is.
 */
#ifndef NESTED_H
#define NESTED_H

#include "choose.h"
#include "folds.h"

struct nested {
    const struct precopyml_train_dataset *dataset;
    const struct selection *selection;
    const struct folds *folds;
    struct ticker *ticker;
};

/* Steps that nested_forecast() will tick, at most. */
size_t nested_steps(const struct folds *folds, const struct recipe *open,
                    const struct options_left *left);

/*
 * As fit_forecast(), for every selected row. 0, -ENODATA when there are too few migrations to
 * choose or too few rows to fit, or what fitting says.
 */
int nested_forecast(const struct nested *nested, const struct recipe *open,
                    const struct options_left *left, double *forecast, size_t *refused);

#endif
