/* SPDX-License-Identifier: MIT */
/*
 * Beside libsvm: forecasts against svm_predict(), and everything libsvm does to a process that a
 * library must not: locale, rand(), stdout, rounded files, errors by crashing.
 */
#include "svr_tasks.h"

#include <locale.h>
#include <unistd.h>

#include <libsvm/svm.h>

#include "rbf_put.h"
#include "rbf_train.h"

/* ---- libsvm by itself ---- */

static void quiet(const char *text)
{
    (void)text;
}

/* A model of libsvm's own on a task's rows as they are. */
struct oracle {
    struct svm_problem problem;
    struct svm_parameter parameter;
    struct svm_model *model;
    struct svm_node *node;
};

static void to_nodes(const double *x, size_t features, struct svm_node *node)
{
    for (size_t j = 0; j < features; j++)
        node[j] = (struct svm_node){(int)j + 1, x[j]};
    node[features] = (struct svm_node){-1, 0};
}

static void oracle_train(struct oracle *oracle, const struct precopyml_trainer_task *task, double c,
                         double epsilon, double gamma)
{
    size_t width = task->feature_count + 1;

    oracle->node = calloc(task->rows * width, sizeof *oracle->node);
    oracle->problem = (struct svm_problem){(int)task->rows, (double *)task->y,
                                           calloc(task->rows, sizeof(struct svm_node *))};
    assert_non_null(oracle->node);
    assert_non_null(oracle->problem.x);
    for (size_t i = 0; i < task->rows; i++) {
        oracle->problem.x[i] = oracle->node + i * width;
        to_nodes(task->x + i * task->feature_count, task->feature_count, oracle->problem.x[i]);
    }
    oracle->parameter = (struct svm_parameter){.svm_type = EPSILON_SVR,
                                               .kernel_type = RBF,
                                               .gamma = gamma,
                                               .cache_size = 10,
                                               .eps = 1e-3,
                                               .C = c,
                                               .p = epsilon,
                                               .shrinking = 1};
    svm_set_print_string_function(quiet);
    oracle->model = svm_train(&oracle->problem, &oracle->parameter);
    assert_non_null(oracle->model);
}

static void oracle_free(struct oracle *oracle)
{
    svm_free_and_destroy_model(&oracle->model);
    free(oracle->problem.x);
    free(oracle->node);
}

static double oracle_predict(const struct oracle *oracle, const double *x, size_t features)
{
    struct svm_node node[TASK_FEATURES + 1];

    to_nodes(x, features, node);
    return svm_predict(oracle->model, node);
}

/* Its support vectors in our payload. */
static void *state_of_oracle(const struct oracle *oracle, size_t features)
{
    size_t vectors = (size_t)oracle->model->l;
    double *vector = calloc(vectors * features + 1, sizeof *vector);
    double offset = -oracle->model->rho[0];
    const struct rbf_parts parts = {(UINT64_C(1) << features) - 1,
                                    features,
                                    oracle->model->param.gamma,
                                    vectors,
                                    1,
                                    &offset,
                                    vector,
                                    oracle->model->sv_coef[0]};
    struct bytes_out out = {0};
    void *svr = NULL;

    assert_non_null(vector);
    for (size_t i = 0; i < vectors; i++) {
        for (size_t j = 0; j < features; j++)
            vector[i * features + j] = oracle->model->SV[i][j].value;
    }
    rbf_put(&out, &parts);
    assert_int_equal(predictor_svr.load(out.data, out.length, features, &svr), 0);
    free(out.data);
    free(vector);
    return svr;
}

/* What the error is measured by: |rho| + the sum of all |coefficients|. */
static double magnitude(const struct oracle *oracle)
{
    double sum = fabs(oracle->model->rho[0]);

    for (int i = 0; i < oracle->model->l; i++)
        sum += fabs(oracle->model->sv_coef[0][i]);
    return sum;
}

/* On both paths; inputs in the midst of the rows, at their rim and far outside. */
static void forecasts_are_those_of_libsvm(void **state)
{
    static const double c[] = {0.1, 10, 1000}, gamma[] = {0.01, 0.3, 20};
    double worst = 0;

    (void)state;
    for (uint32_t trial = 0; trial < 9; trial++) {
        struct small_task small;
        struct oracle oracle;
        uint32_t seed = trial;
        void *svr;

        small_task_init(&small, &trainer_svr, 100 + trial);
        small.task.rows = 60 + 25 * trial;
        oracle_train(&oracle, &small.task, c[trial % 3], 0.05, gamma[trial / 3]);
        svr = state_of_oracle(&oracle, TASK_FEATURES);
        for (int question = 0; question < 400; question++) {
            double x[TASK_FEATURES], spread, error;

            for (size_t j = 0; j < TASK_FEATURES; j++)
                x[j] = (question % 3 ? 4 : 100) * (noise(&seed) - 0.5);
            if (!rbf_use(svr, question % 2 ? RBF_AVX2 : RBF_PORTABLE))
                rbf_use(svr, RBF_PORTABLE);
            error = forecast(&predictor_svr, svr, x, &spread) -
                    oracle_predict(&oracle, x, TASK_FEATURES);
            worst = fmax(worst, fabs(error) / magnitude(&oracle));
        }
        predictor_svr.destroy(svr);
        oracle_free(&oracle);
    }
    print_message("# off by %.2g x (|rho| + sum |coefficient|)\n", worst);
    assert_true(worst <= 1e-12);
}

/* The trainer's scaling and its way back, against libsvm on outputs that need none. */
static void a_fit_is_that_of_libsvm(void **state)
{
    struct small_task small;
    struct rbf_table table;
    struct oracle oracle;
    struct precopyml_trainer_result result;
    char note[128];
    double x[TASK_FEATURES] = {0.3, -0.2, 1.1, 0.4}, y[TASK_ROWS], spread, centre, scale;
    void *svr;

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    result = fit_or_fail(&trainer_svr, &small.task);
    assert_int_equal(rbf_table_make(&small.task, &table, note, sizeof note), 0);
    centre = table.centre;
    scale = table.spread;
    memcpy(y, table.y, sizeof y);
    rbf_table_free(&table);
    small.task.y = y;
    oracle_train(&oracle, &small.task, small.option[0], small.option[1],
                 small.option[2] / TASK_FEATURES);
    svr = state_of(&predictor_svr, &result, TASK_FEATURES);
    assert_true(fabs((forecast(&predictor_svr, svr, x, &spread) - centre) / scale -
                     oracle_predict(&oracle, x, TASK_FEATURES)) <= 1e-12 * magnitude(&oracle));
    predictor_svr.destroy(svr);
    oracle_free(&oracle);
    free(result.payload);
}

/*
 * libsvm's own files round support vectors to eight digits. Ours hold every bit: inputs of all
 * magnitudes are found again in the payload.
 */
static void payloads_hold_every_bit(void **state)
{
    struct small_task small;
    struct precopyml_trainer_result result;
    struct bytes in;
    uint64_t vectors;
    size_t row = 0;

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    for (size_t i = 0; i < TASK_ROWS; i++)
        small.x[i * TASK_FEATURES] *= 1 + 1e-13 * (double)i;
    result = fit_or_fail(&trainer_svr, &small.task);
    in = bytes_of(result.payload, result.length);
    bytes_take(&in, 16);
    vectors = bytes_u64(&in);
    assert_true(vectors > 10);
    bytes_take(&in, 8);
    for (uint64_t i = 0; i < vectors; i++) {
        double vector[TASK_FEATURES];

        for (size_t j = 0; j < TASK_FEATURES; j++)
            vector[j] = bytes_f64(&in);
        while (row < TASK_ROWS && memcmp(small.x + row * TASK_FEATURES, vector, sizeof vector) != 0)
            row++;
        assert_true(row < TASK_ROWS);
    }
    free(result.payload);
}

/* ---- The process is left alone ---- */

static void locale_and_rand_are_left_alone(void **state)
{
    const struct precopyml_trainer_ops *const trainer[] = {&trainer_svr, &trainer_bagged_svr};

    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        print_message("# no locale with a decimal comma on this machine\n");
    for (int i = 0; i < 2; i++) {
        struct small_task small;
        char *before = strdup(setlocale(LC_ALL, NULL));
        int expected[5];

        small_task_init(&small, trainer[i], 1);
        srand(42);
        for (int j = 0; j < 5; j++)
            expected[j] = rand();
        srand(42);
        free(fit_or_fail(trainer[i], &small.task).payload);
        for (int j = 0; j < 5; j++)
            assert_int_equal(rand(), expected[j]);
        assert_string_equal(setlocale(LC_ALL, NULL), before);
        free(before);
    }
    setlocale(LC_ALL, "C");
}

/* What a training writes to a file descriptor, in bytes. */
static long written_to(int fd, const struct precopyml_trainer_ops *ops,
                       const struct precopyml_trainer_task *task)
{
    FILE *file = tmpfile();
    int saved = dup(fd);
    struct precopyml_trainer_result result = {.size = sizeof result};
    int error;
    long length;

    assert_non_null(file);
    fflush(NULL);
    dup2(fileno(file), fd);
    error = ops->fit(task, &result);
    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    assert_int_equal(error, 0);
    fseek(file, 0, SEEK_END);
    length = ftell(file);
    fclose(file);
    free(result.payload);
    return length;
}

/* This test comes first, while libsvm still has the print function that it starts with. */
static void nothing_is_printed(void **state)
{
    struct small_task svr, bagged;

    (void)state;
    small_task_init(&svr, &trainer_svr, 1);
    small_task_init(&bagged, &trainer_bagged_svr, 1);
    assert_int_equal(written_to(STDOUT_FILENO, &trainer_svr, &svr.task), 0);
    assert_int_equal(written_to(STDERR_FILENO, &trainer_svr, &svr.task), 0);
    assert_int_equal(written_to(STDOUT_FILENO, &trainer_bagged_svr, &bagged.task), 0);
    assert_int_equal(written_to(STDERR_FILENO, &trainer_bagged_svr, &bagged.task), 0);
}

/*
 * A training whose iterations nobody hears of could run into libsvm's limit unnoticed. Before the
 * tests below, which set a print function of their own.
 */
static void iterations_are_heard_of(void **state)
{
    struct small_task small;
    struct rbf_setting setting = {1, 0.1, 1};
    struct rbf_outcome outcome;
    struct rbf_table table;
    double coefficient[TASK_ROWS] = {0};
    size_t row[TASK_ROWS];
    char note[128];

    (void)state;
    small_task_init(&small, &trainer_svr, 1);
    for (size_t i = 0; i < TASK_ROWS; i++)
        row[i] = i;
    assert_int_equal(rbf_table_make(&small.task, &table, note, sizeof note), 0);
    assert_int_equal(rbf_train(&table, &setting, row, TASK_ROWS, coefficient, &outcome), 0);
    assert_true(outcome.iterations > 10 && outcome.iterations < 100000);
    assert_true(outcome.settled);
    rbf_table_free(&table);
}

/* ---- Errors ---- */

static void another_libsvm_is_refused(void **state)
{
    const struct precopyml_trainer_ops *const trainer[] = {&trainer_svr, &trainer_bagged_svr};
    const int version = libsvm_version;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct precopyml_trainer_result result = {.size = sizeof result};
        struct small_task small;
        int error;

        small_task_init(&small, trainer[i], 1);
        libsvm_version = 999;
        error = trainer[i]->fit(&small.task, &result);
        libsvm_version = version;
        assert_int_equal(error, -EINVAL);
        assert_non_null(strstr(result.note, "libsvm 999"));
        assert_null(result.payload);
    }
}

/* The options' ranges leave libsvm nothing to complain about; should it, it is an error. */
static void what_libsvm_refuses_is_an_error(void **state)
{
    const struct precopyml_trainer_ops *const trainer[] = {&trainer_svr, &trainer_bagged_svr};
    const size_t c[] = {0, 2};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct precopyml_trainer_result result = {.size = sizeof result};
        struct small_task small;

        small_task_init(&small, trainer[i], 1);
        assert_string_equal(trainer[i]->options[c[i]].name, "C");
        small.option[c[i]] = -1;
        assert_int_equal(trainer[i]->fit(&small.task, &result), -EINVAL);
        assert_string_equal(result.note, "libsvm: C <= 0");
        assert_null(result.payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_printed),
        cmocka_unit_test(iterations_are_heard_of),
        cmocka_unit_test(forecasts_are_those_of_libsvm),
        cmocka_unit_test(a_fit_is_that_of_libsvm),
        cmocka_unit_test(payloads_hold_every_bit),
        cmocka_unit_test(locale_and_rand_are_left_alone),
        cmocka_unit_test(another_libsvm_is_refused),
        cmocka_unit_test(what_libsvm_refuses_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
