/* SPDX-License-Identifier: MIT
 *
 * Under TCG the dirty tracking of old QEMUs (7.2 for one) misses stores, it seems those through
 * translations that were cached before a sync: a guest that rarely switches address spaces loses
 * memory when it is migrated, a busy one hardly ever. Nothing else needs this; it costs a few
 * percent under emulation.
 */
#define _GNU_SOURCE
#include "ticker.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum { period_us = 4000, sleepers = 2 };

static void sleep_on(int processor)
{
    struct sched_param priority = {.sched_priority = 5};
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        perror("ticker");
    /* Above any workload, which would otherwise keep the sleepers waiting for the end of its time
     * slice. */
    sched_setscheduler(0, SCHED_FIFO, &priority);
    for (;;)
        usleep(period_us);
}

void ticker_start(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    for (int i = 0; i < processors * sleepers; i++)
        if (fork() == 0)
            sleep_on(i / sleepers);
}
