/* SPDX-License-Identifier: MIT */
/* The pool: every job once, the same error and the same models on any number of threads. */
#include "truths.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "jobs.h"
#include "train_error.h"

static const uint32_t thread_counts[] = {1, 2, 5, 0, 16};
enum { THREAD_COUNTS = sizeof thread_counts / sizeof thread_counts[0], JOBS = 200 };

/* ---- The pool ---- */

struct work {
    unsigned times[JOBS]; /* that each job ran */
    size_t fails_from;    /* this job and every second one after it fail */
};

static int count_job(void *context, size_t job)
{
    struct work *work = context;

    work->times[job]++;
    /* The lowest that fails takes longest, so that others have failed before it. */
    if (job == work->fails_from)
        usleep(20000);
    if (job >= work->fails_from && (job - work->fails_from) % 2 == 0)
        return train_error(-ERANGE, "job %zu has failed", job);
    return 0;
}

struct seen {
    pthread_t caller;
    size_t calls;
    bool elsewhere, out_of_order;
};

/* Notes only: cmocka's asserts belong to the main thread. */
static void see(size_t done, size_t total, void *opaque)
{
    struct seen *seen = opaque;

    (void)total;
    seen->calls++;
    seen->elsewhere |= !pthread_equal(pthread_self(), seen->caller);
    seen->out_of_order |= done != seen->calls;
}

static int run(struct work *work, size_t count, uint32_t threads, struct seen *seen)
{
    struct ticker ticker = {.progress = see, .opaque = seen, .total = count};
    struct jobs jobs = {count, threads, count_job, work, &ticker};

    *seen = (struct seen){.caller = pthread_self()};
    return jobs_run(&jobs);
}

static void test_each_once(void **state)
{
    (void)state;
    for (int i = 0; i < THREAD_COUNTS; i++) {
        struct work work = {.fails_from = JOBS};
        struct seen seen;

        assert_int_equal(run(&work, JOBS, thread_counts[i], &seen), 0);
        for (int job = 0; job < JOBS; job++)
            assert_int_equal(work.times[job], 1);
        assert_int_equal(seen.calls, JOBS);
        assert_false(seen.elsewhere);
        assert_false(seen.out_of_order);
    }
}

static void test_no_jobs(void **state)
{
    struct work work = {.fails_from = 0};
    struct seen seen;

    (void)state;
    for (int i = 0; i < THREAD_COUNTS; i++)
        assert_int_equal(run(&work, 0, thread_counts[i], &seen), 0);
    assert_int_equal(work.times[0], 0);
}

static void test_lowest_error(void **state)
{
    (void)state;
    for (int i = 0; i < THREAD_COUNTS; i++) {
        struct work work = {.fails_from = 77};
        struct seen seen;

        train_error(0, "nothing yet");
        assert_int_equal(run(&work, JOBS, thread_counts[i], &seen), -ERANGE);
        assert_string_equal(precopyml_train_error_message(), "job 77 has failed");
        for (int job = 0; job <= 77; job++)
            assert_int_equal(work.times[job], 1);
        for (int job = 78; job < JOBS; job++)
            assert_true(work.times[job] <= 1);
        assert_false(seen.elsewhere);
    }
}

/* Signals are for the program's own threads, and its mask is as it was. */
static int signals_blocked(void *context, size_t job)
{
    const pthread_t *caller = context;
    sigset_t mask;

    (void)job;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return pthread_equal(pthread_self(), *caller) || sigismember(&mask, SIGINT) ? 0 : -EINVAL;
}

static void test_signals(void **state)
{
    pthread_t caller = pthread_self();
    struct ticker ticker = {0};
    struct jobs jobs = {JOBS, 2, signals_blocked, &caller, &ticker};
    sigset_t mask;

    (void)state;
    assert_int_equal(jobs_run(&jobs), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGINT));
}

/* ---- Training on it ---- */

static void test_same_model(void **state)
{
    static const char *const predictors[] = {"physics", "linear", "knn", "auto:linear,knn"};
    precopyml_train_dataset *dataset = power_law(60, 10);

    (void)state;
    for (size_t p = 0; p < sizeof predictors / sizeof predictors[0]; p++) {
        struct precopyml_train_options options = options_for(predictors[p]);
        void *first = NULL, *bytes;
        size_t first_length = 0, length;

        for (int i = 0; i < THREAD_COUNTS; i++) {
            struct seen seen = {.caller = pthread_self()};

            options.threads = thread_counts[i];
            options.progress = see;
            options.progress_opaque = &seen;
            assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), 0);
            assert_true(seen.calls > 0);
            assert_false(seen.elsewhere);
            assert_false(seen.out_of_order);
            if (i > 0) {
                assert_int_equal(length, first_length);
                assert_memory_equal(bytes, first, length);
                free(bytes);
            } else {
                first = bytes;
                first_length = length;
            }
        }
        free(first);
    }
    precopyml_train_dataset_free(&dataset);
}

static void test_same_report(void **state)
{
    static const char *const predictors[] = {"linear", "knn"};
    struct precopyml_train_evaluate_options options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    precopyml_train_dataset *dataset = power_law(60, 10);
    precopyml_train_report *first = NULL, *report;

    (void)state;
    options.predictors = predictors;
    options.predictor_count = 2;
    options.draws = 20;
    for (int i = 0; i < THREAD_COUNTS; i++) {
        const struct precopyml_train_score *a, *b;
        struct seen seen = {.caller = pthread_self()};

        options.threads = thread_counts[i];
        options.progress = see;
        options.progress_opaque = &seen;
        assert_int_equal(precopyml_train_evaluate(dataset, &options, &report), 0);
        assert_true(seen.calls > 0);
        assert_false(seen.elsewhere);
        if (i == 0) {
            first = report;
            continue;
        }
        for (size_t j = 0; (a = precopyml_train_report_score(first, j)) != NULL; j++) {
            b = precopyml_train_report_score(report, j);
            assert_non_null(b);
            assert_string_equal(a->name, b->name);
            assert_memory_equal(a->metric, b->metric, sizeof a->metric);
        }
        precopyml_train_report_free(&report);
    }
    precopyml_train_report_free(&first);
    precopyml_train_dataset_free(&dataset);
}

static void test_too_many_threads(void **state)
{
    struct precopyml_train_evaluate_options evaluation = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT;
    struct precopyml_train_options options = options_for("physics");
    precopyml_train_dataset *dataset = power_law(10, 0);
    precopyml_train_report *report;
    size_t length;
    void *bytes;

    (void)state;
    options.threads = evaluation.threads = JOBS_THREADS_MAX + 1;
    assert_int_equal(precopyml_train_model(dataset, &options, &bytes, &length), -EINVAL);
    assert_int_equal(precopyml_train_evaluate(dataset, &evaluation, &report), -EINVAL);
    precopyml_train_dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_once),        cmocka_unit_test(test_no_jobs),
        cmocka_unit_test(test_lowest_error),     cmocka_unit_test(test_signals),
        cmocka_unit_test(test_same_model),       cmocka_unit_test(test_same_report),
        cmocka_unit_test(test_too_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
