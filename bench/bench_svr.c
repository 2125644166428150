/* SPDX-License-Identifier: MIT */
/*
 * Support vector regression beside libsvm, on the same model and the same inputs: nanoseconds of a
 * forecast (p50 and p99; the contenders take turns, so that whatever disturbs one disturbs all),
 * and with --train seconds of training. One JSON line each.
 *
 *     bench_svr            1,473 support vectors x 8 features, and bagged-svr with 16 bags of them
 *     bench_svr --train    20,000 rows x 8 features, in migrations of 20 rows; of bagged-svr's
 *                          defaults, and of its grids the costliest
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsvm/svm.h>

#include <precopyml-predictor.h>
#include <precopyml-train.h>

#include "bagged-svr_train.h"
#include "bags.h"
#include "measure.h"
#include "rbf_put.h"
#include "rbf_train.h"

extern const struct precopyml_predictor_ops predictor_svr, predictor_bagged_svr;
extern const struct precopyml_trainer_ops trainer_bagged_svr;

enum { CALLS = 20000, VECTORS = 1473, FEATURES = 8, BAGS = 16, INPUTS = 512, CONTENDERS = 5 };

static const double gamma_of_all = 0.125;

static double *some_numbers(size_t count, double scale, uint64_t seed)
{
    double *numbers = malloc(count * sizeof *numbers);

    for (size_t i = 0; numbers && i < count; i++)
        numbers[i] = scale * (uniform(&seed) - 0.5);
    if (!numbers)
        exit(1);
    return numbers;
}

/* ---- Forecasts ---- */

/* Rows as libsvm wants them. */
static struct svm_node *nodes_of(const double *x, size_t rows)
{
    struct svm_node *nodes = malloc(rows * (FEATURES + 1) * sizeof *nodes);

    if (!nodes)
        exit(1);
    for (size_t i = 0; i < rows; i++) {
        for (int j = 0; j < FEATURES; j++)
            nodes[i * (FEATURES + 1) + (size_t)j] =
                (struct svm_node){j + 1, x[i * FEATURES + (size_t)j]};
        nodes[i * (FEATURES + 1) + FEATURES] = (struct svm_node){-1, 0};
    }
    return nodes;
}

struct oracle {
    struct svm_model model;
    struct svm_node *vector[VECTORS];
    double *coefficient;
    double rho;
};

static void oracle_init(struct oracle *oracle, struct svm_node *nodes, double *coefficient)
{
    memset(oracle, 0, sizeof *oracle);
    for (size_t i = 0; i < VECTORS; i++)
        oracle->vector[i] = nodes + i * (FEATURES + 1);
    oracle->coefficient = coefficient;
    oracle->rho = 0.25;
    oracle->model.param.svm_type = EPSILON_SVR;
    oracle->model.param.kernel_type = RBF;
    oracle->model.param.gamma = gamma_of_all;
    oracle->model.nr_class = 2;
    oracle->model.l = VECTORS;
    oracle->model.SV = oracle->vector;
    oracle->model.sv_coef = &oracle->coefficient;
    oracle->model.rho = &oracle->rho;
}

static void *load(const struct precopyml_predictor_ops *ops, const struct rbf_parts *parts,
                  enum rbf_path path)
{
    struct bytes_out out = {0};
    void *state = NULL;

    if (parts->outputs > 1) {
        bytes_put_u32(&out, (uint32_t)parts->outputs);
        bytes_put_u32(&out, 0);
    }
    rbf_put(&out, parts);
    if (out.failed || ops->load(out.data, out.length, FEATURES, &state) != 0)
        exit(1);
    free(out.data);
    if (!rbf_use(state, path)) {
        free(state);
        return NULL;
    }
    return state;
}

struct contender {
    const char *name;
    const struct precopyml_predictor_ops *ops; /* NULL: libsvm */
    void *state;                               /* NULL: this processor cannot */
    double *times;
};

static double forecast(const struct contender *contender, const struct svm_model *oracle,
                       const double *x, const struct svm_node *nodes)
{
    double value = 0, spread;

    if (!contender->ops)
        return svm_predict(oracle, nodes);
    contender->ops->predict(contender->state, NULL, x, &value, &spread);
    return value;
}

static void report(const struct contender *contender, double libsvm_p50)
{
    double p50, p99;

    qsort(contender->times, CALLS, sizeof contender->times[0], ascending);
    p50 = contender->times[CALLS / 2];
    p99 = contender->times[CALLS / 100 * 99];
    printf("{\"call\":\"%s, %d x %d\",\"calls\":%d,\"p50_ns\":%.0f,\"p99_ns\":%.0f,"
           "\"libsvm_p50_over_this\":%.2f}\n",
           contender->name, VECTORS, FEATURES, CALLS, p50, p99,
           libsvm_p50 > 0 ? libsvm_p50 / p50 : 1.0);
}

static double p50_of(const double *times)
{
    double *copy = malloc(CALLS * sizeof *copy), p50;

    if (!copy)
        exit(1);
    memcpy(copy, times, CALLS * sizeof *copy);
    qsort(copy, CALLS, sizeof *copy, ascending);
    p50 = copy[CALLS / 2];
    free(copy);
    return p50;
}

static void race(struct contender *list, const struct svm_model *oracle, const double *input,
                 const struct svm_node *nodes)
{
    volatile double sink = 0;

    for (size_t call = 0; call < CALLS; call++) {
        size_t i = call % INPUTS;

        for (size_t j = 0; j < CONTENDERS; j++) {
            double start = nanoseconds();

            if (list[j].state)
                sink = sink +
                       forecast(&list[j], oracle, input + i * FEATURES, nodes + i * (FEATURES + 1));
            list[j].times[call] = nanoseconds() - start;
        }
    }
}

static void bench_forecasts(void)
{
    double *vector = some_numbers((size_t)VECTORS * FEATURES, 4, 1);
    double *coefficient = some_numbers((size_t)VECTORS * BAGS, 2, 2);
    double *input = some_numbers((size_t)INPUTS * FEATURES, 4, 3), offset[BAGS] = {-0.25};
    struct svm_node *vector_nodes = nodes_of(vector, VECTORS), *nodes = nodes_of(input, INPUTS);
    struct rbf_parts one = {(1 << FEATURES) - 1, FEATURES, gamma_of_all, VECTORS, 1, offset, vector,
                            coefficient};
    struct rbf_parts many = one;
    struct oracle oracle;
    double libsvm_p50;

    many.outputs = BAGS;
    oracle_init(&oracle, vector_nodes, coefficient);
    {
        struct contender list[CONTENDERS] = {
            {"svm_predict", NULL, &oracle, NULL},
            {"svr portable", &predictor_svr, load(&predictor_svr, &one, RBF_PORTABLE), NULL},
            {"svr AVX2", &predictor_svr, load(&predictor_svr, &one, RBF_AVX2), NULL},
            {"bagged-svr portable, 16 bags", &predictor_bagged_svr,
             load(&predictor_bagged_svr, &many, RBF_PORTABLE), NULL},
            {"bagged-svr AVX2, 16 bags", &predictor_bagged_svr,
             load(&predictor_bagged_svr, &many, RBF_AVX2), NULL},
        };

        for (size_t j = 0; j < CONTENDERS; j++)
            list[j].times = some_numbers(CALLS, 0, 0);
        race(list, &oracle.model, input, nodes);
        libsvm_p50 = p50_of(list[0].times);
        for (size_t j = 0; j < CONTENDERS; j++) {
            if (list[j].state)
                report(&list[j], libsvm_p50);
            if (list[j].ops)
                free(list[j].state);
            free(list[j].times);
        }
    }
    free(vector);
    free(coefficient);
    free(input);
    free(vector_nodes);
    free(nodes);
}

/* ---- Training ---- */

enum { ROWS = 20000, GROUP = 20 };

/* Seconds that have passed, and that all threads have used: they differ on a busy machine. */
struct stopwatch {
    double passed;
    double used;
};

static struct stopwatch stopwatch_start(void)
{
    return (struct stopwatch){nanoseconds(), nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct stopwatch stopwatch_stop(struct stopwatch start)
{
    struct stopwatch now = stopwatch_start();

    return (struct stopwatch){(now.passed - start.passed) / 1e9, (now.used - start.used) / 1e9};
}

/* A smooth truth with noise, as log residuals have. */
static void make_task(struct precopyml_trainer_task *task, const double *option)
{
    double *x = some_numbers((size_t)ROWS * FEATURES, 3.4, 4), *y = some_numbers(ROWS, 0.4, 5);
    uint32_t *group = malloc(ROWS * sizeof *group);

    if (!group)
        exit(1);
    for (size_t i = 0; i < ROWS; i++) {
        group[i] = (uint32_t)(i / GROUP);
        y[i] += sin(x[i * FEATURES]) + 0.5 * x[i * FEATURES + 1] * x[i * FEATURES + 2];
    }
    *task = (struct precopyml_trainer_task){sizeof *task, ROWS, FEATURES, x, y, group, option, 1};
}

/* Seconds of libsvm alone on the rows of the first bag, scaled as the trainer scales them. */
static struct stopwatch train_libsvm(const struct precopyml_trainer_task *task)
{
    struct svm_parameter parameter = {.svm_type = EPSILON_SVR,
                                      .kernel_type = RBF,
                                      .gamma = task->option[4] / FEATURES,
                                      .cache_size = 200,
                                      .eps = 1e-3,
                                      .C = task->option[2],
                                      .p = task->option[3],
                                      .shrinking = 1};
    struct svm_problem problem;
    struct svm_model *model;
    struct rbf_table table;
    struct bags bags;
    struct bag bag;
    char note[128];
    struct stopwatch watch;

    if (rbf_table_make(task, &table, note, sizeof note) || bags_make(task, &bags) ||
        bags_draw(&bags, task->seed, 0, task->option[1], &bag))
        exit(1);
    problem.l = (int)bag.rows;
    problem.y = some_numbers(bag.rows, 0, 0);
    problem.x = malloc(bag.rows * sizeof *problem.x);
    if (!problem.x)
        exit(1);
    for (size_t i = 0; i < bag.rows; i++) {
        problem.x[i] = table.node + bag.row[i] * (FEATURES + 1);
        problem.y[i] = table.y[bag.row[i]];
    }
    watch = stopwatch_start();
    model = svm_train(&problem, &parameter);
    watch = stopwatch_stop(watch);
    printf("{\"train\":\"libsvm, one bag\",\"rows\":%d,\"vectors\":%d,\"seconds\":%.2f,"
           "\"cpu_seconds\":%.2f}\n",
           problem.l, model->l, watch.passed, watch.used);
    fflush(stdout);
    svm_free_and_destroy_model(&model);
    rbf_table_free(&table);
    bags_free(&bags);
    free(bag.row);
    free(problem.x);
    free(problem.y);
    return watch;
}

static void bench_training(void)
{
    double option[5];
    struct precopyml_trainer_task task;
    struct precopyml_trainer_result result = {.size = sizeof result};
    struct stopwatch alone, bagged;

    for (size_t i = 0; i < 5; i++)
        option[i] =
            trainer_bagged_svr.options[i].grid[trainer_bagged_svr.options[i].grid_count - 1];
    make_task(&task, option);
    alone = train_libsvm(&task);
    bagged = stopwatch_start();
    if (bagged_svr_fit(&task, &result, 2) != 0)
        exit(1);
    bagged = stopwatch_stop(bagged);
    printf("{\"train\":\"bagged-svr, 2 threads\",\"rows\":%d,\"bags\":%.0f,\"payload\":%zu,"
           "\"seconds\":%.2f,\"cpu_seconds\":%.2f,\"over_libsvm_x_bags_over_2\":%.2f}\n",
           ROWS, option[0], result.length, bagged.passed, bagged.used,
           bagged.passed / (alone.passed * option[0] / 2));
    free(result.payload);
    free((void *)task.x);
    free((void *)task.y);
    free((void *)task.group);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--train") == 0)
        bench_training();
    else
        bench_forecasts();
    return 0;
}
