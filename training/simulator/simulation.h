/* SPDX-License-Identifier: MIT */
/*
 * One simulated migration: QEMU's loop from the first pass to the guest's going on at the
 * destination, with somebody who polls it and may end it. docs/simulator.md says what is modelled.
 */
#ifndef SIMULATION_H
#define SIMULATION_H

#include <stdint.h>

#include "scenario.h"

/* What query-migrate would say; counts are whole numbers. */
struct simulation_sample {
    double t;     /* s since the migration began, as the poller has it */
    double total; /* s, QEMU's total-time */
    bool completed;
    double downtime;  /* s, QEMU's own; once completed */
    double memory;    /* bytes */
    double remaining; /* bytes */
    double transferred;
    double switched; /* bytes sent while the guest stood */
    double normal, zero;
    double syncs;
    double dirty_rate;       /* pages/s */
    double bandwidth;        /* bytes/s */
    double pages_per_second; /* in the same window */
    double expected;         /* s, QEMU's expected-downtime */
    double throttle;         /* percent */
};

enum simulation_event_kind { SIMULATION_PASS, SIMULATION_STOP, SIMULATION_RESUME };

struct simulation_event {
    enum simulation_event_kind kind;
    double t;
    double pass;    /* of a pass: its number; 1 is the one that sends everything */
    double newly;   /* of a pass: pages found dirty that were not still to be sent */
    double fake;    /* of these, pages that hold what was sent already */
    double pending; /* of a pass: all pages that it has to send */
};

/* Calls come in the order of `t`. Either function may be NULL. */
struct simulation_observer {
    void (*event)(const struct simulation_event *event, void *opaque);
    /* True: stop the guest now, by raising the downtime limit. */
    bool (*sample)(const struct simulation_sample *sample, void *opaque);
    void *opaque;
};

enum simulation_end {
    SIMULATION_QEMU,  /* its own rule was met */
    SIMULATION_FORCE, /* the limit was raised */
    SIMULATION_CANCELLED
};

/* Times are seconds since the migration began; NaN where there is none. */
struct simulation_result {
    enum simulation_end end;
    double downtime;
    double qemu_downtime;
    double overhead; /* of the downtime: what is not for bytes */
    double stopped_t;
    double total; /* until the guest goes on, or until it was given up */
    double forced_t;
    double boundaries; /* before the guest stood */
    double syncs;      /* of the dirty bitmap, in all: QEMU's count of iterations */
    double transferred;
    double fake_pages;
    double throttle; /* percent, at the end */
};

/*
 * Run number `run` of a seed; the same three give the same migration. `observer` may be NULL;
 * without its `sample` time goes from event to event, which is quicker and the same but for
 * rounding. 0, -EINVAL the scenario makes no sense, -ENOMEM. Thread-safety: any thread.
 */
int simulate(const struct scenario *scenario, uint64_t seed, uint32_t run,
             const struct simulation_observer *observer, struct simulation_result *result);

#endif
