/* SPDX-License-Identifier: MIT */
#include "rbf_train.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include <gsl/gsl_statistics_double.h>

#include "rbf_put.h"

/* ---- What libsvm says ---- */

/* Where libsvm gives up, for problems of less than a hundred thousand rows. */
enum { ITERATIONS_LIMIT = 10000000 };

/* libsvm tells how many iterations it took only by printing, on the thread that trains. */
static _Thread_local long iterations;

static void listen(const char *text)
{
    static const char key[] = "#iter = ";
    const char *found = strstr(text, key);

    if (found)
        iterations = strtol(found + sizeof key - 1, NULL, 10);
}

/*
 * Left alone libsvm prints on stdout. Its print function is one pointer for the whole process, so
 * it is set once, and stays: setting it back would be a race with another thread's training.
 */
static void listen_for_good(void)
{
    svm_set_print_string_function(listen);
}

/* ---- The table ---- */

/* Scaled features that vary have a standard deviation of one; less than this is rounding. */
static bool varies(const struct precopyml_trainer_task *task, size_t feature)
{
    double least = task->x[feature], most = least;

    for (size_t i = 1; i < task->rows; i++) {
        double x = task->x[i * task->feature_count + feature];

        least = fmin(least, x);
        most = fmax(most, x);
    }
    return most - least > 1e-9 * fmax(1, fmax(fabs(least), fabs(most)));
}

static void fill_nodes(struct rbf_table *table, const struct precopyml_trainer_task *task)
{
    struct svm_node *node = table->node;

    for (size_t i = 0; i < task->rows; i++) {
        for (size_t j = 0; j < task->feature_count; j++) {
            if (table->varying >> j & 1)
                *node++ = (struct svm_node){(int)j + 1, task->x[i * task->feature_count + j]};
        }
        *node++ = (struct svm_node){-1, 0};
    }
}

/*
 * Outputs are seconds, or logarithms; in units of their own spread C and epsilon mean the same for
 * both. Robust, as one run-away label must not flatten all others; where over half of the outputs
 * are equal that spread is zero, and the mean deviation takes its place.
 */
static bool scale_outputs(struct rbf_table *table, const double *y, double *work)
{
    memcpy(table->y, y, table->rows * sizeof *y);
    table->centre = gsl_stats_median(table->y, 1, table->rows);
    table->spread = gsl_stats_mad(y, 1, table->rows, work);
    if (table->spread == 0)
        table->spread = gsl_stats_absdev_m(y, 1, table->rows, table->centre);
    for (size_t i = 0; i < table->rows; i++) {
        table->y[i] = table->spread > 0 ? (y[i] - table->centre) / table->spread : 0;
        if (!isfinite(table->y[i]))
            return false;
    }
    return isfinite(table->centre) && isfinite(table->spread);
}

static int check_task(const struct precopyml_trainer_task *task, char *note, size_t length)
{
    if (libsvm_version != LIBSVM_VERSION) {
        snprintf(note, length, "this is libsvm %d, and the trainer was built for %d",
                 libsvm_version, LIBSVM_VERSION);
        return -EINVAL;
    }
    if (task->rows < 2)
        return -ENODATA;
    if (task->rows > INT_MAX / 4 || task->feature_count > RBF_INPUTS_MAX) {
        snprintf(note, length, "%zu rows of %zu features are too many", task->rows,
                 task->feature_count);
        return -EINVAL;
    }
    return 0;
}

int rbf_table_make(const struct precopyml_trainer_task *task, struct rbf_table *table, char *note,
                   size_t note_length)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int error = check_task(task, note, note_length);
    double *work = NULL;

    *table = (struct rbf_table){.rows = task->rows};
    if (error)
        return error;
    pthread_once(&once, listen_for_good);
    for (size_t j = 0; j < task->feature_count; j++) {
        if (varies(task, j)) {
            table->varying |= UINT64_C(1) << j;
            table->inputs++;
        }
    }
    table->y = calloc(task->rows, sizeof *table->y);
    table->node = calloc(task->rows * (table->inputs + 1), sizeof *table->node);
    work = calloc(task->rows, sizeof *work);
    if (!table->y || !table->node || !work) {
        error = -ENOMEM;
    } else if (!scale_outputs(table, task->y, work)) {
        snprintf(note, note_length, "outputs too far apart");
        error = -ERANGE;
    } else {
        fill_nodes(table, task);
    }
    free(work);
    if (error)
        rbf_table_free(table);
    return error;
}

void rbf_table_free(struct rbf_table *table)
{
    free(table->y);
    free(table->node);
    *table = (struct rbf_table){0};
}

/* ---- Training ---- */

double rbf_gamma(const struct rbf_table *table, const struct rbf_setting *setting)
{
    return setting->gamma / (double)(table->inputs > 0 ? table->inputs : 1);
}

static struct svm_parameter parameter_of(const struct rbf_table *table,
                                         const struct rbf_setting *setting)
{
    return (struct svm_parameter){
        .svm_type = EPSILON_SVR,
        .kernel_type = RBF,
        .gamma = rbf_gamma(table, setting),
        .cache_size = 200, /* MiB; memory is taken as it is needed */
        .eps = 1e-3,       /* by how much the optimum may be missed */
        .C = setting->c,
        .p = setting->epsilon,
        .shrinking = 1,
    };
}

/* The model refers to the problem, which therefore outlives it. */
static void take_model(const struct rbf_table *table, const struct svm_model *model,
                       const size_t *row, double *coefficient, struct rbf_outcome *outcome)
{
    for (int i = 0; i < model->l; i++)
        coefficient[row[model->sv_indices[i] - 1]] += table->spread * model->sv_coef[0][i];
    outcome->offset = table->centre - table->spread * model->rho[0];
}

int rbf_train(const struct rbf_table *table, const struct rbf_setting *setting, const size_t *row,
              size_t rows, double *coefficient, struct rbf_outcome *outcome)
{
    struct svm_parameter parameter = parameter_of(table, setting);
    struct svm_problem problem = {(int)rows, NULL, NULL};
    struct svm_model *model = NULL;
    int error = 0;

    *outcome = (struct rbf_outcome){.offset = table->centre, .settled = true};
    outcome->complaint = svm_check_parameter(&problem, &parameter);
    if (outcome->complaint || rows > INT_MAX / 4)
        return -EINVAL;
    if (table->spread == 0 || table->inputs == 0) /* nothing to learn, or nothing to learn from */
        return 0;
    problem.y = calloc(rows, sizeof *problem.y);
    problem.x = calloc(rows, sizeof *problem.x);
    for (size_t i = 0; problem.y && problem.x && i < rows; i++) {
        problem.y[i] = table->y[row[i]];
        problem.x[i] = table->node + row[i] * (table->inputs + 1);
    }
    iterations = 0;
    if (problem.y && problem.x)
        model = svm_train(&problem, &parameter);
    if (model)
        take_model(table, model, row, coefficient, outcome);
    else
        error = -ENOMEM;
    outcome->iterations = iterations;
    outcome->settled = iterations < ITERATIONS_LIMIT;
    svm_free_and_destroy_model(&model);
    free(problem.y);
    free(problem.x);
    return error;
}

/* ---- Saving ---- */

static bool has_coefficient(const double *coefficient, size_t rows, size_t outputs, size_t row)
{
    for (size_t i = 0; i < outputs; i++) {
        if (coefficient[i * rows + row] != 0)
            return true;
    }
    return false;
}

/* The rows that count, as rbf_put() wants them: `vector` and `kept` have room for all rows. */
static size_t gather(const struct rbf_table *table, size_t outputs, const double *coefficient,
                     double *vector, size_t *kept)
{
    size_t vectors = 0;

    for (size_t row = 0; row < table->rows; row++) {
        const struct svm_node *node = table->node + row * (table->inputs + 1);

        if (!has_coefficient(coefficient, table->rows, outputs, row))
            continue;
        for (size_t j = 0; j < table->inputs; j++)
            vector[vectors * table->inputs + j] = node[j].value;
        kept[vectors++] = row;
    }
    return vectors;
}

static bool are_finite(const double *numbers, size_t count)
{
    bool finite = true;

    for (size_t i = 0; i < count; i++)
        finite = finite && isfinite(numbers[i]);
    return finite;
}

int rbf_save(const struct rbf_table *table, const struct rbf_setting *setting, size_t outputs,
             const double *offset, const double *coefficient, struct bytes_out *payload)
{
    struct rbf_parts parts = {.varying = table->varying,
                              .inputs = table->inputs,
                              .gamma = rbf_gamma(table, setting),
                              .outputs = outputs,
                              .offset = offset};
    double *vector = calloc(table->rows * table->inputs + 1, sizeof *vector);
    double *packed = calloc(table->rows * outputs, sizeof *packed);
    size_t *kept = calloc(table->rows, sizeof *kept);
    int error = vector && packed && kept ? 0 : -ENOMEM;

    if (!error && (!are_finite(offset, outputs) || !are_finite(coefficient, outputs * table->rows)))
        error = -ERANGE;
    if (!error) {
        parts.vectors = gather(table, outputs, coefficient, vector, kept);
        for (size_t i = 0; i < outputs; i++) {
            for (size_t j = 0; j < parts.vectors; j++)
                packed[i * parts.vectors + j] = coefficient[i * table->rows + kept[j]];
        }
        parts.vector = vector;
        parts.coefficient = packed;
        rbf_put(payload, &parts);
        error = payload->failed ? -ENOMEM : 0;
    }
    free(vector);
    free(packed);
    free(kept);
    return error;
}
