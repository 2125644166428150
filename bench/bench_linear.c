/* SPDX-License-Identifier: MIT */
/*
 * What a linear forecast costs beside gsl_multifit_linear_est() with the same coefficients and
 * inputs: a JSON line a number of features, nanoseconds a call. Calls take less than looking at the
 * clock, so both are timed in batches, turn by turn; p50 and p99 are of the batches. GSL's function
 * also gives the standard deviation, and cannot be asked not to.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_multifit.h>

#include "bytes_write.h"
#include "measure.h"
#include "registry.h"

enum { BATCHES = 4000, QUESTIONS = 256, FEATURES_MAX = 16 };

struct contest {
    size_t features;
    const struct precopyml_predictor_ops *ops;
    struct bytes_out payload;
    void *ours;
    gsl_vector *coefficient;
    gsl_matrix *covariance;
    gsl_matrix *question;      /* a row each, behind a one for the intercept */
    gsl_vector row[QUESTIONS]; /* the same, so that neither side is timed finding it */
    double ours_value[QUESTIONS], theirs_value[QUESTIONS];
};

static int prepare(struct contest *contest, size_t features)
{
    uint64_t seed = features;

    *contest = (struct contest){.features = features,
                                .ops = registry_find("linear"),
                                .coefficient = gsl_vector_alloc(features + 1),
                                .covariance = gsl_matrix_alloc(features + 1, features + 1),
                                .question = gsl_matrix_alloc(QUESTIONS, features + 1)};
    gsl_matrix_set_identity(contest->covariance);
    for (size_t i = 0; i <= features; i++) {
        gsl_vector_set(contest->coefficient, i, uniform(&seed) - 0.5);
        bytes_put_f64(&contest->payload, gsl_vector_get(contest->coefficient, i));
        for (size_t j = 0; j < QUESTIONS; j++)
            gsl_matrix_set(contest->question, j, i, i == 0 ? 1 : 4 * uniform(&seed) - 2);
    }
    for (size_t j = 0; j < QUESTIONS; j++)
        contest->row[j] = gsl_matrix_row(contest->question, j).vector;
    return !contest->ops || contest->payload.failed ||
           contest->ops->load(contest->payload.data, contest->payload.length, features,
                              &contest->ours) != 0;
}

static void clean_up(struct contest *contest)
{
    contest->ops->destroy(contest->ours);
    gsl_vector_free(contest->coefficient);
    gsl_matrix_free(contest->covariance);
    gsl_matrix_free(contest->question);
    free(contest->payload.data);
}

static double time_ours(struct contest *contest)
{
    const struct precopyml_predictor_ops *ops = contest->ops;
    const void *ours = contest->ours;
    double spread = NAN, start = nanoseconds();

    for (size_t i = 0; i < QUESTIONS; i++)
        ops->predict(ours, NULL, contest->row[i].data + 1, &contest->ours_value[i], &spread);
    return (nanoseconds() - start) / QUESTIONS;
}

static double time_theirs(struct contest *contest)
{
    double deviation, start = nanoseconds();

    for (size_t i = 0; i < QUESTIONS; i++)
        gsl_multifit_linear_est(&contest->row[i], contest->coefficient, contest->covariance,
                                &contest->theirs_value[i], &deviation);
    return (nanoseconds() - start) / QUESTIONS;
}

static int run(size_t features)
{
    static double ours[BATCHES], theirs[BATCHES];
    struct contest contest;

    if (prepare(&contest, features))
        return 1;
    for (int i = 0; i < BATCHES; i++) {
        ours[i] = time_ours(&contest);
        theirs[i] = time_theirs(&contest);
    }
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (!(fabs(contest.ours_value[i] - contest.theirs_value[i]) < 1e-12))
            return 1;
    }
    qsort(ours, BATCHES, sizeof ours[0], ascending);
    qsort(theirs, BATCHES, sizeof theirs[0], ascending);
    printf("{\"features\":%zu,\"calls\":%d,\"ours_p50_ns\":%.1f,\"gsl_p50_ns\":%.1f,"
           "\"ours_p99_ns\":%.1f,\"gsl_p99_ns\":%.1f}\n",
           features, BATCHES * QUESTIONS, ours[BATCHES / 2], theirs[BATCHES / 2],
           ours[BATCHES / 100 * 99], theirs[BATCHES / 100 * 99]);
    clean_up(&contest);
    return 0;
}

int main(void)
{
    static const size_t features[] = {2, 5, 8, FEATURES_MAX};

    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        if (run(features[i])) {
            fprintf(stderr, "bench_linear: %zu features: no forecast, or another one than GSL's\n",
                    features[i]);
            return 1;
        }
    }
    return 0;
}
