/* SPDX-License-Identifier: MIT */
#include "jobs.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "train_error.h"

struct pool {
    const struct jobs *jobs;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t changed;
    size_t next; /* job to hand out */
    size_t finished;
    size_t working; /* threads */
    size_t failed;  /* lowest job that failed; the number of jobs: none */
    int error;
    char message[TRAIN_ERROR_SIZE];
};

static void note_failure(struct pool *pool, size_t job, int error)
{
    if (job > pool->failed)
        return;
    pool->failed = job;
    pool->error = error;
    snprintf(pool->message, sizeof pool->message, "%s", precopyml_train_error_message());
}

/*
 * Jobs are handed out in their order and none is broken off. So when one fails, all below it have
 * been started, and whichever of them fails too will be known in the end.
 */
static void *work(void *argument)
{
    struct pool *pool = argument;

    pthread_mutex_lock(&pool->lock);
    while (pool->next < pool->failed) {
        size_t job = pool->next++;
        int error;

        pthread_mutex_unlock(&pool->lock);
        error = pool->jobs->run(pool->jobs->context, job);
        pthread_mutex_lock(&pool->lock);
        if (error)
            note_failure(pool, job, error);
        pool->finished++;
        pthread_cond_signal(&pool->changed);
    }
    pool->working--;
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Ticks for every finished job until no thread works any more. */
static void watch(struct pool *pool)
{
    size_t told = 0;

    pthread_mutex_lock(&pool->lock);
    while (told < pool->finished || pool->working > 0) {
        if (told == pool->finished) {
            pthread_cond_wait(&pool->changed, &pool->lock);
            continue;
        }
        told++;
        pthread_mutex_unlock(&pool->lock);
        ticker_step(pool->jobs->ticker);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* Starts up to `wanted` threads and says how many. The program's signals are not for them. */
static size_t start(struct pool *pool, pthread_t *thread, size_t wanted)
{
    sigset_t all, before;
    size_t started = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_mutex_lock(&pool->lock);
    while (started < wanted && pthread_create(&thread[started], NULL, work, pool) == 0)
        started++;
    pool->working = started;
    pthread_mutex_unlock(&pool->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* One after another on the calling thread. */
static int run_here(const struct jobs *jobs)
{
    int error = 0;

    for (size_t i = 0; !error && i < jobs->count; i++) {
        error = jobs->run(jobs->context, i);
        ticker_step(jobs->ticker);
    }
    return error;
}

static size_t processors(void)
{
    cpu_set_t allowed;

    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? (size_t)CPU_COUNT(&allowed) : 1;
}

int jobs_run(const struct jobs *jobs)
{
    struct pool pool = {.jobs = jobs,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER,
                        .failed = jobs->count};
    size_t wanted = jobs->threads > 0 ? jobs->threads : processors(), started;
    pthread_t *thread;

    if (wanted > jobs->count)
        wanted = jobs->count;
    if (wanted <= 1)
        return run_here(jobs);
    thread = calloc(wanted, sizeof *thread);
    if (!thread)
        return train_no_memory();
    started = start(&pool, thread, wanted);
    watch(&pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    pthread_cond_destroy(&pool.changed);
    pthread_mutex_destroy(&pool.lock);
    if (started == 0)
        return run_here(jobs);
    return pool.error ? train_error(pool.error, "%s", pool.message) : 0;
}
