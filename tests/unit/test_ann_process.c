/* SPDX-License-Identifier: MIT */
/* FANN does nothing to the process while the perceptron is trained, nor the process to the result.
 */
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <doublefann.h>

#include "allocations.h"
#include "ann_example.h"

/* ---- FANN, told to answer as another variant's library would ---- */

static bool lie;

fann_type *__real_fann_run(struct fann *net, fann_type *input);
fann_type *__wrap_fann_run(struct fann *net, fann_type *input);

fann_type *__wrap_fann_run(struct fann *net, fann_type *input)
{
    static fann_type lies[] = {4.2e21};

    return lie ? lies : __real_fann_run(net, input);
}

/* ---- What FANN does to a process ---- */

static void notices_another_variant_of_fann(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;

    (void)state;
    example_begin(&example, ROWS);
    lie = true;
    assert_int_equal(fit(&example, &result), -EINVAL);
    lie = false;
    assert_null(result.payload);
    assert_non_null(strstr(result.note, "doublefann"));
    assert_int_equal(fit(&example, &result), 0);
    free(result.payload);
}

/* FANN's constructors seed rand() anew, and draw from it. */
static void leaves_rand_alone(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;
    int wanted[20];
    struct fann *net;
    bool same = true;

    (void)state;
    example_begin(&example, ROWS);
    srand(42);
    for (int i = 0; i < 20; i++)
        wanted[i] = rand();
    srand(42);
    for (int i = 0; i < 20; i++) {
        if (i == 7) {
            assert_int_equal(fit(&example, &result), 0);
            free(result.payload);
        }
        assert_int_equal(rand(), wanted[i]);
    }
    srand(42); /* and the test would notice */
    net = fann_create_standard(3, 2, 2, 1);
    for (int i = 0; i < 20; i++)
        same = rand() == wanted[i] && same;
    fann_destroy(net);
    assert_false(same);
}

static void prints_nothing(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;
    FILE *caught = tmpfile();
    int out, err, error;
    long length;

    (void)state;
    assert_non_null(caught);
    example_begin(&example, ROWS);
    fflush(stdout);
    fflush(stderr);
    out = dup(STDOUT_FILENO);
    err = dup(STDERR_FILENO);
    dup2(fileno(caught), STDOUT_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
    error = fit(&example, &result);
    fflush(stdout);
    fflush(stderr);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    fseek(caught, 0, SEEK_END);
    length = ftell(caught);
    fclose(caught);
    free(result.payload);
    assert_int_equal(error, 0);
    assert_int_equal(length, 0);
}

/* Fails each allocation of ours in turn; that nothing leaks is for a leak checker to say. */
static void failing_allocations_are_errors(void **state)
{
    struct precopyml_trainer_result result;
    struct example example;
    unsigned long failing = 0, calls;
    int failures = 0;

    (void)state;
    example_begin(&example, ROWS);
    example.option[2] = 1;
    example.option[3] = 1;
    do {
        int error;

        calls = allocations();
        allocations_fail(++failing);
        error = fit(&example, &result);
        allocations_fail(0);
        calls = allocations() - calls;
        free(result.payload);
        assert_true(error == 0 || error == -ENOMEM);
        failures += error != 0;
    } while (failing <= calls);
    assert_true(failures > 10);
}

/* ---- Same task, same bytes ---- */

static void assert_same(const struct precopyml_trainer_result *a,
                        const struct precopyml_trainer_result *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->payload, b->payload, a->length);
}

static void same_task_same_bytes(void **state)
{
    struct precopyml_trainer_result first, second, other;
    struct example example;

    (void)state;
    example_begin(&example, ROWS);
    assert_int_equal(fit(&example, &first), 0);
    srand(1);
    assert_int_equal(fit(&example, &second), 0);
    assert_same(&first, &second);
    example.task.seed = 2;
    assert_int_equal(fit(&example, &other), 0);
    assert_true(first.length == other.length &&
                memcmp(first.payload, other.payload, first.length) != 0);
    free(first.payload);
    free(second.payload);
    free(other.payload);
}

static void no_locale_matters(void **state)
{
    struct precopyml_trainer_result plain, comma;
    struct example example;
    locale_t thread = uselocale((locale_t)0);
    char *before;

    (void)state;
    example_begin(&example, ROWS);
    assert_int_equal(fit(&example, &plain), 0);
    enter_comma_locale();
    before = strdup(setlocale(LC_ALL, NULL));
    assert_int_equal(fit(&example, &comma), 0);
    assert_string_equal(setlocale(LC_ALL, NULL), before);
    assert_true(uselocale((locale_t)0) == thread);
    leave_locale();
    assert_same(&plain, &comma);
    free(before);
    free(plain.payload);
    free(comma.payload);
}

struct work {
    struct example example;
    struct precopyml_trainer_result result;
    int error;
};

static void *fit_thrice(void *argument)
{
    struct work *work = argument;

    for (int i = 0; i < 3; i++) {
        free(work->result.payload);
        work->error |= fit(&work->example, &work->result);
    }
    return NULL;
}

static void threads_fit_at_the_same_time(void **state)
{
    enum { THREADS = 2 };
    static struct work work[THREADS], alone;
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        work[i] = (struct work){0};
        example_begin(&work[i].example, ROWS);
        work[i].example.task.seed = (uint64_t)i;
        assert_int_equal(pthread_create(&threads[i], NULL, fit_thrice, &work[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        alone = (struct work){0};
        example_begin(&alone.example, ROWS);
        alone.example.task.seed = (uint64_t)i;
        assert_int_equal(fit(&alone.example, &alone.result), 0);
        assert_int_equal(work[i].error, 0);
        assert_same(&work[i].result, &alone.result);
        free(work[i].result.payload);
        free(alone.result.payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_another_variant_of_fann),
        cmocka_unit_test(leaves_rand_alone),
        cmocka_unit_test(prints_nothing),
        cmocka_unit_test(failing_allocations_are_errors),
        cmocka_unit_test(same_task_same_bytes),
        cmocka_unit_test(no_locale_matters),
        cmocka_unit_test(threads_fit_at_the_same_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
