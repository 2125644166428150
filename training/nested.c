/* SPDX-License-Identifier: MIT */
#include "nested.h"

#include <errno.h>
#include <stdlib.h>

#include "train_error.h"

size_t nested_steps(const struct folds *folds, const struct recipe *open,
                    const struct options_left *left)
{
    return folds->count * (choose_steps(open, left) + 1);
}

/* Chooses and fits on `train`, forecasts `test`. */
static int forecast_fold(const struct nested *nested, const struct recipe *open,
                         const struct options_left *left, const size_t *train, size_t train_count,
                         const size_t *test, size_t test_count, double *forecast, size_t *refused)
{
    struct recipe recipe = *open;
    precopyml_model *model = NULL;
    struct choice choice;
    int error = choose(nested->dataset, &recipe, left, train, train_count, nested->ticker, &choice);

    if (error)
        return error;
    choice_free(&choice);
    error = fit_model(nested->dataset, &recipe, train, train_count, &model);
    if (!error)
        error = fit_forecast(nested->dataset, model, recipe.target, test, test_count, forecast,
                             refused);
    precopyml_model_unref(&model);
    ticker_step(nested->ticker);
    return error;
}

int nested_forecast(const struct nested *nested, const struct recipe *open,
                    const struct options_left *left, double *forecast, size_t *refused)
{
    const struct selection *selection = nested->selection;
    size_t *train = calloc(selection->count, sizeof *train);
    size_t *test = calloc(selection->count, sizeof *test);
    size_t train_count, test_count;
    int error = train && test ? 0 : train_no_memory();

    if (!error && nested->folds->count < 2)
        error = train_error(-ENODATA, "%s: one migration cannot be cross-validated",
                            nested->dataset->name);
    for (uint32_t fold = 0; !error && fold < nested->folds->count; fold++) {
        folds_split(nested->folds, nested->dataset, selection->row, selection->count, fold, train,
                    &train_count, test, &test_count);
        error = forecast_fold(nested, open, left, train, train_count, test, test_count, forecast,
                              refused);
    }
    free(train);
    free(test);
    return error;
}
