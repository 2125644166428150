/* SPDX-License-Identifier: MIT */
/*
 * Runs independent jobs on a few threads. What comes of it is the same for any number of threads:
 * each job writes to a place of its own, and of several errors that of the lowest job counts.
 */
#ifndef JOBS_H
#define JOBS_H

#include "ticker.h"

enum { JOBS_THREADS_MAX = 1024 };

struct jobs {
    size_t count;
    uint32_t threads; /* at most so many; 0: one a processor that this process may use */
    int (*run)(void *context, size_t job); /* 0, or a negative errno value by train_error() */
    void *context;
    struct ticker *ticker; /* a step a job, on the calling thread */
};

/*
 * Runs all jobs, or, after an error, at least those below the one that failed. 0, or the error of
 * the lowest job that failed, whose message becomes that of the calling thread. Thread-safety: any
 * number of threads, each with jobs of its own.
 */
int jobs_run(const struct jobs *jobs);

#endif
