/* SPDX-License-Identifier: MIT */
/* Many forecasts in one call: rows of numbers where they lie, in columns of any stride. */
#ifndef ROWS_H
#define ROWS_H

#include <precopyml.h>

/* One feature of all rows: a double every `stride` bytes, not necessarily aligned. */
struct row_column {
    const char *data;
    ptrdiff_t stride; /* 0: the same value in every row */
    uint32_t feature; /* enum precopyml_feature */
    uint32_t reserved;
};

/* One element a row each; any but `value` may be NULL. */
struct row_results {
    double *value;
    double *lower;
    double *upper;
    double *spread;
    double *doubt;
    uint8_t *extrapolating;
    int32_t *error; /* 0, -EPROTO or -ERANGE, where the numbers are NaN */
};

/*
 * precopyml_model_predict() on every row; what is not finite, or has no column, is unknown. 0;
 * -EINVAL, -ENOENT: no row was written; -ENOMEM. Thread-safety: any thread.
 */
int rows_predict(const precopyml_model *model, uint32_t target, const struct row_column *columns,
                 size_t column_count, size_t rows, double confidence,
                 const struct row_results *results);

/* PRECOPYML_SESSION_OPTIONS_INIT, which is a macro of C. */
struct precopyml_session_options session_options_init(void);

#endif
