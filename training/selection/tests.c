/* SPDX-License-Identifier: MIT */
#include "tests.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_statistics_double.h>

#include "bins.h"
#include "chi_square.h"
#include "feature_rules.h"
#include "jobs.h"
#include "model_format.h"
#include "r2.h"
#include "redundancy.h"
#include "train_error.h"

/* What all candidates are tested against. */
struct test_bench {
    const struct tests *tests;
    struct precopyml_train_candidate *candidate;
    struct test_columns *columns;
    uint32_t *class;
    uint32_t classes;
    double *rank;
};

/* Ratios matter: as in training, and floored as there. */
static double label_of(const struct tests *tests, size_t i)
{
    double label = tests->dataset->row[tests->row[i]].target[tests->target];

    return log(relative(label, 1));
}

/* The feature on the tested rows, transformed and scaled; false when it does not vary. */
static bool fill_column(const struct tests *tests, uint32_t feature, double *value, double *work)
{
    struct feature_spec spec;

    for (size_t i = 0; i < tests->rows; i++)
        value[i] = tests->dataset->row[tests->row[i]].features.value[feature];
    feature_scale(feature, value, tests->rows, work, &spec);
    for (size_t i = 0; i < tests->rows; i++)
        value[i] = (model_transform(spec.transform, value[i]) - spec.centre) / spec.scale;
    return spec.least < spec.most;
}

static int test_one(const struct test_bench *bench, struct precopyml_train_candidate *candidate,
                    const double *value, const double *rank, uint32_t *bin)
{
    const struct tests *tests = bench->tests;
    const double *target = bench->columns->target;
    struct chi_square chi2;
    uint32_t bins;
    int error = bins_make(value, tests->rows, tests->bins, bin, &bins);

    if (!error)
        error = precopyml_train_anova(target, bin, tests->rows, &candidate->anova);
    if (!error)
        error = chi_square(bin, bins, bench->class, bench->classes, tests->rows, &chi2);
    if (!error)
        error = r2_linear(&value, 1, target, tests->rows, &candidate->r2);
    if (error)
        return error;
    candidate->chi2 = chi2.statistic;
    candidate->chi2_df = chi2.degrees;
    candidate->chi2_p = chi2.p;
    candidate->cramers_v = chi2.cramers_v;
    candidate->rho = redundancy_rho(rank, bench->rank, tests->rows);
    return 0;
}

/* One candidate: a job for any thread. A column that does not vary is left empty. */
static int run_test(void *context, size_t job)
{
    const struct test_bench *bench = context;
    struct precopyml_train_candidate *candidate = &bench->candidate[bench->columns->candidate[job]];
    size_t rows = bench->tests->rows;
    double *value = calloc(rows, sizeof *value), *rank = calloc(rows, sizeof *rank);
    uint32_t *bin = calloc(rows, sizeof *bin);
    int error = value && rank && bin ? 0 : train_no_memory();

    bench->columns->value[job] = value;
    bench->columns->rank[job] = rank;
    if (!error && !fill_column(bench->tests, candidate->feature, value, rank))
        candidate->reason = PRECOPYML_TRAIN_CONSTANT;
    else if (!error && (error = redundancy_ranks(value, rows, rank)) == 0)
        error = test_one(bench, candidate, value, rank, bin);
    free(bin);
    return error;
}

/* Drops the columns that do not vary. */
static void pack(const struct precopyml_train_candidate *candidate, struct test_columns *columns)
{
    size_t kept = 0;

    for (size_t i = 0; i < columns->count; i++) {
        if (candidate[columns->candidate[i]].reason == PRECOPYML_TRAIN_CONSTANT) {
            free(columns->value[i]);
            free(columns->rank[i]);
            continue;
        }
        columns->candidate[kept] = columns->candidate[i];
        columns->value[kept] = columns->value[i];
        columns->rank[kept++] = columns->rank[i];
    }
    columns->count = kept;
}

int tests_run(const struct tests *tests, struct precopyml_train_candidate *candidate, size_t count,
              struct test_columns *columns)
{
    struct test_bench bench = {.tests = tests, .candidate = candidate, .columns = columns};
    struct ticker silent = {0};
    struct jobs jobs = {
        .threads = tests->threads, .run = run_test, .context = &bench, .ticker = &silent};
    int error;

    *columns = (struct test_columns){.target = calloc(tests->rows, sizeof(double))};
    bench.class = calloc(tests->rows, sizeof *bench.class);
    bench.rank = calloc(tests->rows, sizeof *bench.rank);
    error = columns->target && bench.class && bench.rank ? 0 : train_no_memory();
    for (size_t i = 0; !error && i < tests->rows; i++)
        columns->target[i] = label_of(tests, i);
    for (size_t i = 0; i < count; i++) {
        if (candidate[i].reason <= PRECOPYML_TRAIN_GIVEN)
            columns->candidate[columns->count++] = (uint32_t)i;
    }
    if (!error)
        error = bins_make(columns->target, tests->rows, tests->bins, bench.class, &bench.classes);
    if (!error)
        error = redundancy_ranks(columns->target, tests->rows, bench.rank);
    jobs.count = columns->count;
    if (!error)
        error = jobs_run(&jobs);
    if (!error)
        pack(candidate, columns);
    free(bench.class);
    free(bench.rank);
    return error;
}

void tests_free(struct test_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        free(columns->value[i]);
        free(columns->rank[i]);
    }
    free(columns->target);
    *columns = (struct test_columns){0};
}
