/* SPDX-License-Identifier: MIT */
/*
 * What the training of every predictor must be: the same bytes again, in another locale, in other
 * threads and in another process; silent; and leaving the process as it was.
 *
 *     test_contract_training NAME MODEL    trains NAME into a file MODEL: the other process
 */
#include "lessons.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_predictor.h"

struct bytes_trained {
    int error;
    void *data;
    size_t length;
};

static struct bytes_trained learn(const struct lesson *lesson)
{
    struct bytes_trained trained = {0};

    trained.error =
        precopyml_train_model(lesson->data, &lesson->options, &trained.data, &trained.length);
    return trained;
}

/* Frees both. */
static void assert_same(const struct lesson *lesson, const char *where, struct bytes_trained wanted,
                        struct bytes_trained got)
{
    if (wanted.error || got.error)
        fail_msg("%s %s: errors %d and %d", lesson->options.predictor, where, wanted.error,
                 got.error);
    if (wanted.length != got.length || memcmp(wanted.data, got.data, got.length) != 0)
        fail_msg("%s %s: other bytes", lesson->options.predictor, where);
    free(wanted.data);
    free(got.data);
}

static struct bytes_trained copy_of(struct bytes_trained trained)
{
    void *data = malloc(trained.length + 1);

    assert_non_null(data);
    if (trained.length)
        memcpy(data, trained.data, trained.length);
    return (struct bytes_trained){trained.error, data, trained.length};
}

typedef void each_fn(const struct lesson *lesson, struct bytes_trained trained);

/* Every predictor on every kind of data; `trained` is what it gave, and stays the caller's. */
static void for_each(each_fn *check)
{
    const struct precopyml_trainer_ops *trainer;

    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            struct lesson lesson;
            struct bytes_trained trained;

            lesson_begin(&lesson, trainer, (enum kind)kind, PRECOPYML_TRAIN_LOG_RESIDUAL,
                         migrations_of((enum kind)kind));
            trained = learn(&lesson);
            if (trained.error)
                fail_msg("%s: %s", trainer->name, precopyml_train_error_message());
            check(&lesson, trained);
            free(trained.data);
            lesson_end(&lesson);
        }
    }
}

/* ---- The same bytes ---- */

static void check_here(const struct lesson *lesson, struct bytes_trained trained)
{
    char *locale = strdup(setlocale(LC_ALL, NULL));
    int expected;

    srand(42);
    expected = rand();
    srand(42);
    assert_same(lesson, "again", copy_of(trained), learn(lesson));
    if (rand() != expected)
        fail_msg("%s: training changes the process's random numbers", lesson->options.predictor);
    assert_string_equal(setlocale(LC_ALL, NULL), locale);
    free(locale);
}

static void check_process(const struct lesson *lesson, struct bytes_trained trained)
{
    check_here(lesson, trained);
    enter_comma_locale();
    check_here(lesson, trained);
    leave_locale();
}

static void same_bytes_again_in_any_locale_and_no_trace(void **state)
{
    (void)state;
    for_each(check_process);
}

struct learner {
    pthread_t thread;
    const struct lesson *lesson;
    struct bytes_trained trained;
};

static void *learn_in_thread(void *argument)
{
    struct learner *learner = argument;

    learner->trained = learn(learner->lesson);
    return NULL;
}

static void check_threads(const struct lesson *lesson, struct bytes_trained trained)
{
    enum { THREADS = 4 };
    struct learner learner[THREADS];

    for (int i = 0; i < THREADS; i++) {
        learner[i] = (struct learner){.lesson = lesson};
        assert_int_equal(pthread_create(&learner[i].thread, NULL, learn_in_thread, &learner[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(learner[i].thread, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_same(lesson, "in a thread", copy_of(trained), learner[i].trained);
}

static void same_bytes_in_threads(void **state)
{
    (void)state;
    for_each(check_threads);
}

/* ---- Another process ---- */

/* The other process: in another locale, with other random numbers, and everything it says seen. */
static int train_into_file(const char *name, const char *path)
{
    const struct precopyml_trainer_ops *trainer;
    struct bytes_trained trained = {.error = -ENOENT};
    FILE *file = fopen(path, "wb");
    struct lesson lesson;

    srand(4711);
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        if (strcmp(trainer->name, name) != 0)
            continue;
        lesson_begin(&lesson, trainer, MORE, PRECOPYML_TRAIN_LOG_RESIDUAL, migrations_of(MORE));
        if (!set_comma_locale())
            set_compiled_comma_locale();
        trained = learn(&lesson);
        lesson_end(&lesson);
    }
    if (trained.error || !file || fwrite(trained.data, trained.length, 1, file) != 1 ||
        fclose(file) != 0)
        return 1;
    free(trained.data);
    return 0;
}

/* Runs this program for one predictor, its output into `said`; its exit status. */
static int run_other_process(const char *name, const char *path, int said)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    int status = -1;
    pid_t child;

    assert_true(length > 0);
    self[length] = '\0';
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("LC_ALL", "de_DE.UTF-8", 1);
        if (dup2(said, STDOUT_FILENO) >= 0 && dup2(said, STDERR_FILENO) >= 0)
            execl(self, self, name, path, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct bytes_trained read_model(const char *path)
{
    struct bytes_trained trained = {0};
    FILE *file = fopen(path, "rb");
    struct stat stat;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &stat), 0);
    trained.length = (size_t)stat.st_size;
    trained.data = malloc(trained.length + 1);
    assert_non_null(trained.data);
    assert_int_equal(fread(trained.data, 1, trained.length, file), trained.length);
    fclose(file);
    return trained;
}

static void same_bytes_in_another_process_and_silently(void **state)
{
    const struct precopyml_trainer_ops *trainer;

    (void)state;
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        char path[] = "/tmp/precopyml-contract-XXXXXX", what[] = "/tmp/precopyml-said-XXXXXX";
        int file = mkstemp(path), said = mkstemp(what), status;
        struct lesson lesson;
        struct stat stat;

        assert_true(file >= 0 && said >= 0);
        lesson_begin(&lesson, trainer, MORE, PRECOPYML_TRAIN_LOG_RESIDUAL, migrations_of(MORE));
        status = run_other_process(trainer->name, path, said);
        assert_int_equal(fstat(said, &stat), 0);
        if (status != 0 || stat.st_size != 0)
            fail_msg("%s: status %d, and it says %ld bytes", trainer->name, status,
                     (long)stat.st_size);
        assert_same(&lesson, "in another process", learn(&lesson), read_model(path));
        lesson_end(&lesson);
        close(file);
        close(said);
        unlink(path);
        unlink(what);
    }
}

/* ---- Few rows ---- */

/* One row, two rows, ...: too few is -ENODATA and says so; what trains, loads. */
static void few_rows_train_or_are_refused(void **state)
{
    const struct precopyml_trainer_ops *trainer;

    (void)state;
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        for (int rows = 1; rows <= migrations_of(FEW); rows++) {
            precopyml_model *model = NULL;
            struct bytes_trained trained;
            struct lesson lesson;

            lesson_begin(&lesson, trainer, FEW, PRECOPYML_TRAIN_LOG_RESIDUAL, rows);
            trained = learn(&lesson);
            if (trained.error == -ENODATA) {
                assert_null(trained.data);
                assert_non_null(strstr(precopyml_train_error_message(), "too few"));
            } else if (trained.error ||
                       precopyml_model_load_memory(trained.data, trained.length, &model) != 0) {
                fail_msg("%s, %d rows: %d", trainer->name, rows, trained.error);
            }
            precopyml_model_unref(&model);
            free(trained.data);
            lesson_end(&lesson);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes_again_in_any_locale_and_no_trace),
        cmocka_unit_test(same_bytes_in_threads),
        cmocka_unit_test(same_bytes_in_another_process_and_silently),
        cmocka_unit_test(few_rows_train_or_are_refused),
    };

    if (own_register() != 0)
        return 1;
    if (argc == 3)
        return train_into_file(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
