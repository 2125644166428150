/* SPDX-License-Identifier: MIT */
/* Many runs of one scenario on several threads. What comes out does not depend on how many. */
#ifndef BATCH_H
#define BATCH_H

#include <stddef.h>

#include "simulation.h"

struct batch {
    const struct scenario *scenario;
    uint64_t seed;
    uint32_t runs;
    unsigned threads; /* 0 is 1 */
    /*
     * Called on any of the threads, several at the same time: before a run, to say who watches it
     * (NULL: nobody), and after it. Either may be NULL. Not 0 from `end`: no further run is begun.
     */
    const struct simulation_observer *(*begin)(uint32_t run, unsigned thread, void *opaque);
    int (*end)(uint32_t run, unsigned thread, const struct simulation_result *result, void *opaque);
    void *opaque;
};

/* 0, what `end` said, or an error of simulate(). Runs are numbered from 1. */
int batch_run(const struct batch *batch);

#endif
