/* SPDX-License-Identifier: MIT */
/* The linear predictor, trained and asked, against GSL's own least squares and its estimates. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <gsl/gsl_multifit.h>

#include "random_numbers.h"
#include "registry.h"
#include "trainer.h"

enum { ROWS = 200, FEATURES_MAX = 12 };

struct truth {
    size_t features;
    double x[ROWS * FEATURES_MAX];
    double y[ROWS];
    uint32_t group[ROWS];
};

/* As the model scales them: around zero, about one wide; and noise. */
static void draw(struct truth *truth, size_t features)
{
    double slope[FEATURES_MAX];

    truth->features = features;
    for (size_t i = 0; i < features; i++)
        slope[i] = 4 * random_unit() - 2;
    for (size_t row = 0; row < ROWS; row++) {
        truth->group[row] = (uint32_t)row;
        truth->y[row] = 3 + 0.1 * random_unit();
        for (size_t i = 0; i < features; i++) {
            double value = 4 * random_unit() - 2;

            truth->x[row * features + i] = value;
            truth->y[row] += slope[i] * value;
        }
    }
}

/* ---- Ours ---- */

static void *train(const struct truth *truth, void **payload)
{
    const double least_squares[] = {2, 0}; /* and no ridge */
    struct precopyml_trainer_task task = {sizeof task, ROWS,         truth->features, truth->x,
                                          truth->y,    truth->group, least_squares,   1};
    struct precopyml_trainer_result result = {.size = sizeof result};
    const struct precopyml_trainer_ops *trainer = trainer_find("linear");
    void *state;

    assert_non_null(trainer);
    assert_string_equal(trainer->options[0].choices[2], "squares");
    assert_string_equal(trainer->options[1].name, "ridge");
    assert_null(trainer->options[2].name);
    assert_int_equal(trainer->fit(&task, &result), 0);
    assert_int_equal(
        registry_find("linear")->load(result.payload, result.length, truth->features, &state), 0);
    *payload = result.payload;
    return state;
}

/* ---- GSL's ---- */

struct theirs {
    gsl_vector *coefficient;
    gsl_matrix *covariance;
    gsl_vector *x; /* of one question, behind a one for the intercept */
};

static struct theirs theirs_fit(const struct truth *truth)
{
    size_t columns = truth->features + 1;
    struct theirs theirs = {gsl_vector_alloc(columns), gsl_matrix_alloc(columns, columns),
                            gsl_vector_alloc(columns)};
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(ROWS, columns);
    gsl_matrix *x = gsl_matrix_alloc(ROWS, columns);
    gsl_vector *y = gsl_vector_alloc(ROWS);
    double squares;

    for (size_t row = 0; row < ROWS; row++) {
        gsl_vector_set(y, row, truth->y[row]);
        gsl_matrix_set(x, row, 0, 1);
        for (size_t i = 0; i < truth->features; i++)
            gsl_matrix_set(x, row, i + 1, truth->x[row * truth->features + i]);
    }
    assert_int_equal(
        gsl_multifit_linear(x, y, theirs.coefficient, theirs.covariance, &squares, work), 0);
    gsl_multifit_linear_free(work);
    gsl_matrix_free(x);
    gsl_vector_free(y);
    return theirs;
}

/* `scale` becomes the sum of the magnitudes that the estimate is the sum of. */
static double theirs_estimate(const struct theirs *theirs, const double *x, double *scale)
{
    double value, deviation;

    gsl_vector_set(theirs->x, 0, 1);
    *scale = fabs(gsl_vector_get(theirs->coefficient, 0));
    for (size_t i = 1; i < theirs->x->size; i++) {
        gsl_vector_set(theirs->x, i, x[i - 1]);
        *scale += fabs(gsl_vector_get(theirs->coefficient, i) * x[i - 1]);
    }
    assert_int_equal(gsl_multifit_linear_est(theirs->x, theirs->coefficient, theirs->covariance,
                                             &value, &deviation),
                     0);
    return value;
}

static void theirs_free(struct theirs *theirs)
{
    gsl_vector_free(theirs->coefficient);
    gsl_matrix_free(theirs->covariance);
    gsl_vector_free(theirs->x);
}

/* ---- Side by side ---- */

static void forecasts_agree(void **state)
{
    static struct truth truth;

    (void)state;
    for (size_t features = 1; features <= FEATURES_MAX; features++) {
        struct theirs theirs;
        void *ours, *payload;

        draw(&truth, features);
        theirs = theirs_fit(&truth);
        ours = train(&truth, &payload);
        for (int question = 0; question < 100; question++) {
            double x[FEATURES_MAX], value, spread = NAN, wanted, scale;

            for (size_t i = 0; i < features; i++)
                x[i] = 6 * random_unit() - 3;
            assert_int_equal(registry_find("linear")->predict(ours, NULL, x, &value, &spread), 0);
            wanted = theirs_estimate(&theirs, x, &scale);
            if (!(fabs(value - wanted) <= 1e-12 * scale))
                fail_msg("%zu features: %.17g is not %.17g", features, value, wanted);
        }
        registry_find("linear")->destroy(ours);
        theirs_free(&theirs);
        free(payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forecasts_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
