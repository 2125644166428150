/* SPDX-License-Identifier: MIT */
/*
 * How far the forecasts of svr are from those of libsvm with the same support vectors, on the rows
 * of a real data set and half as far out again, for a grid of settings. One JSON line each; what
 * the error is measured by is |rho| + the sum of all |coefficients|.
 *
 *     precopyml dataset TRACE... -o train.csv && compare_svr train.csv
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <libsvm/svm.h>

#include <precopyml-predictor.h>

#include "dataset.h"
#include "feature_rules.h"
#include "model_format.h"
#include "rbf_put.h"

extern const struct precopyml_predictor_ops predictor_svr;

static const uint32_t used[] = {PRECOPYML_FEATURE_REMAINING, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH,
                                PRECOPYML_FEATURE_PAGE_TRANSFER_RATE,
                                PRECOPYML_FEATURE_PAGE_DIRTY_RATE,
                                PRECOPYML_FEATURE_WORKING_SET_SIZE};

enum { INPUTS = sizeof used / sizeof used[0] };

struct table {
    size_t rows;
    double *x; /* [rows][INPUTS], scaled as for training */
    struct svm_problem problem;
};

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    if (!memory)
        exit(1);
    return memory;
}

static void to_nodes(const double *x, double factor, struct svm_node *node)
{
    for (int j = 0; j < INPUTS; j++)
        node[j] = (struct svm_node){j + 1, factor * x[j]};
    node[INPUTS].index = -1;
}

/* The rows in which everything used is known; the output is the logarithm of the time to send. */
static void fill(struct table *table, const struct precopyml_train_dataset *dataset)
{
    double *raw = room(dataset->rows, sizeof *raw), *work = room(dataset->rows, sizeof *work);
    size_t *row = room(dataset->rows, sizeof *row);
    uint64_t needed = 0;

    for (size_t j = 0; j < INPUTS; j++)
        needed |= UINT64_C(1) << used[j];
    for (size_t i = 0; i < dataset->rows; i++) {
        if ((dataset->row[i].features.known & needed) == needed)
            row[table->rows++] = i;
    }
    table->x = room(table->rows * INPUTS, sizeof *table->x);
    table->problem.l = (int)table->rows;
    table->problem.y = room(table->rows, sizeof *table->problem.y);
    table->problem.x = room(table->rows, sizeof *table->problem.x);
    for (size_t j = 0; j < INPUTS; j++) {
        struct feature_spec spec;

        for (size_t i = 0; i < table->rows; i++)
            raw[i] = dataset->row[row[i]].features.value[used[j]];
        feature_scale(used[j], raw, table->rows, work, &spec);
        for (size_t i = 0; i < table->rows; i++)
            table->x[i * INPUTS + j] = (work[i] - spec.centre) / spec.scale;
    }
    for (size_t i = 0; i < table->rows; i++) {
        const double *value = dataset->row[row[i]].features.value;

        table->problem.y[i] = log(fmax(value[used[0]], 1) / value[used[1]]);
        table->problem.x[i] = room(INPUTS + 1, sizeof(struct svm_node));
        to_nodes(table->x + i * INPUTS, 1, table->problem.x[i]);
    }
    free(raw);
    free(work);
    free(row);
}

static void *state_of(const struct svm_model *model)
{
    double *vector = room((size_t)model->l * INPUTS, sizeof *vector), offset = -model->rho[0];
    const struct rbf_parts parts = {
        (1 << INPUTS) - 1, INPUTS, model->param.gamma, (size_t)model->l, 1,
        &offset,           vector, model->sv_coef[0]};
    struct bytes_out out = {0};
    void *state;

    for (size_t i = 0; i < (size_t)model->l * INPUTS; i++)
        vector[i] = model->SV[i / INPUTS][i % INPUTS].value;
    rbf_put(&out, &parts);
    if (out.failed || predictor_svr.load(out.data, out.length, INPUTS, &state) != 0)
        exit(1);
    free(out.data);
    free(vector);
    return state;
}

/* The worst error on one path; NaN when this processor cannot run it. */
static double worst_error(const struct table *table, const struct svm_model *model, void *state,
                          enum rbf_path path)
{
    double worst = 0;

    if (!rbf_use(state, path))
        return NAN;
    for (size_t i = 0; i < 2 * table->rows; i++) {
        const double *row = table->x + i / 2 * INPUTS, factor = i % 2 ? 1.5 : 1;
        struct svm_node node[INPUTS + 1];
        double x[INPUTS], value, spread;

        to_nodes(row, factor, node);
        for (size_t j = 0; j < INPUTS; j++)
            x[j] = node[j].value;
        if (predictor_svr.predict(state, NULL, x, &value, &spread) != 0)
            exit(1);
        worst = fmax(worst, fabs(value - svm_predict(model, node)));
    }
    return worst;
}

static void quiet(const char *text)
{
    (void)text;
}

static void compare(const struct table *table, double c, double gamma)
{
    struct svm_parameter parameter = {.svm_type = EPSILON_SVR,
                                      .kernel_type = RBF,
                                      .gamma = gamma,
                                      .cache_size = 100,
                                      .eps = 1e-3,
                                      .C = c,
                                      .p = 0.01,
                                      .shrinking = 1};
    struct svm_model *model = svm_train(&table->problem, &parameter);
    double magnitude = fabs(model->rho[0]);
    void *state = state_of(model);

    for (int i = 0; i < model->l; i++)
        magnitude += fabs(model->sv_coef[0][i]);
    printf("{\"compare\":\"svr\",\"rows\":%zu,\"C\":%g,\"gamma\":%g,\"vectors\":%d,"
           "\"error_portable\":%.2g,\"error_avx2\":%.2g}\n",
           table->rows, c, gamma, model->l,
           worst_error(table, model, state, RBF_PORTABLE) / magnitude,
           worst_error(table, model, state, RBF_AVX2) / magnitude);
    predictor_svr.destroy(state);
    svm_free_and_destroy_model(&model);
}

int main(int argc, char **argv)
{
    precopyml_train_dataset *dataset = NULL;
    struct table table = {0};

    if (argc != 2 || precopyml_train_dataset_load_path(argv[1], &dataset) != 0) {
        fprintf(stderr, "compare_svr: %s\n",
                argc == 2 ? precopyml_train_error_message() : "usage: compare_svr FILE.csv");
        return 1;
    }
    fill(&table, dataset);
    svm_set_print_string_function(quiet);
    for (double c = 0.1; c < 2000; c *= 10) {
        for (double gamma = 0.01; gamma < 10; gamma *= 5)
            compare(&table, c, gamma);
    }
    for (size_t i = 0; i < table.rows; i++)
        free(table.problem.x[i]);
    free(table.problem.x);
    free(table.problem.y);
    free(table.x);
    precopyml_train_dataset_free(&dataset);
    return 0;
}
