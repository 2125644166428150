/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Neighbours' results share cache lines: threads that take single runs in turn get in each other's
 * way. Each gets many turns all the same, so that none is left with the long runs. */
enum { STRIDE_MAX = 64, TURNS = 16 };

struct work {
    const struct batch *batch;
    uint64_t stride;            /* runs taken at once */
    atomic_uint_least64_t next; /* run to be taken */
    atomic_int error;           /* the first one */
};

struct worker {
    struct work *work;
    unsigned number;
    pthread_t thread;
};

static int run_one(const struct batch *batch, uint32_t run, unsigned thread)
{
    const struct simulation_observer *observer =
        batch->begin != NULL ? batch->begin(run, thread, batch->opaque) : NULL;
    struct simulation_result result;
    int error = simulate(batch->scenario, batch->seed, run, observer, &result);

    if (error == 0 && batch->end != NULL)
        error = batch->end(run, thread, &result, batch->opaque);
    return error;
}

/* The first error, or 0, of `stride` runs from `first` on. */
static int run_stride(const struct work *work, uint64_t first, unsigned thread)
{
    uint64_t end = first + work->stride;
    int error = 0;

    for (uint64_t run = first; run < end && run <= work->batch->runs && error == 0; run++)
        error = run_one(work->batch, (uint32_t)run, thread);
    return error;
}

static void *work_off(void *opaque)
{
    const struct worker *worker = opaque;
    struct work *work = worker->work;

    while (atomic_load(&work->error) == 0) {
        uint64_t first = atomic_fetch_add(&work->next, work->stride);
        int none = 0, error;

        if (first > work->batch->runs)
            break;
        error = run_stride(work, first, worker->number);
        if (error != 0)
            atomic_compare_exchange_strong(&work->error, &none, error);
    }
    return NULL;
}

/* 1 for a few runs. */
static uint64_t stride_of(uint64_t runs, unsigned threads)
{
    uint64_t share = runs / ((uint64_t)threads * TURNS);

    return share > STRIDE_MAX ? STRIDE_MAX : share > 0 ? share : 1;
}

int batch_run(const struct batch *batch)
{
    struct work work = {.batch = batch};
    unsigned wanted = batch->threads > 0 ? batch->threads : 1, started = 1;
    struct worker *workers = calloc(wanted, sizeof(*workers));

    if (workers == NULL)
        return -ENOMEM;
    work.stride = stride_of(batch->runs, wanted);
    atomic_init(&work.next, 1);
    atomic_init(&work.error, 0);
    for (unsigned i = 0; i < wanted; i++)
        workers[i] = (struct worker){.work = &work, .number = i};
    while (started < wanted &&
           pthread_create(&workers[started].thread, NULL, work_off, &workers[started]) == 0)
        started++; /* fewer threads than wanted do the same work */
    work_off(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    free(workers);
    return atomic_load(&work.error);
}
