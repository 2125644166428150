/* SPDX-License-Identifier: MIT */
/* Simulated migrations for the tests: scenarios without chance, and all that an observer sees. */
#ifndef SIMULATIONS_H
#define SIMULATIONS_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch.h"
#include "sender.h"
#include "simulation.h"

enum { KEPT = 4096 };

/* Everything that an observer saw. */
struct record {
    struct simulation_event event[KEPT];
    struct simulation_sample sample[KEPT];
    size_t events, samples;
    struct simulation_result result;
};

static inline void assert_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%.15g is not within %g of %.15g", got, tolerance, wanted);
}

static inline void keep_event(const struct simulation_event *event, void *opaque)
{
    struct record *record = opaque;

    assert_true(record->events < KEPT);
    record->event[record->events++] = *event;
}

static inline bool keep_sample(const struct simulation_sample *sample, void *opaque)
{
    struct record *record = opaque;

    assert_true(record->samples < KEPT);
    record->sample[record->samples++] = *sample;
    return false;
}

static inline const struct record *run(const struct scenario *scenario, uint32_t number)
{
    static struct record record;
    struct simulation_observer observer = {keep_event, keep_sample, &record};

    memset(&record, 0, sizeof(record));
    assert_int_equal(simulate(scenario, 1, number, &observer, &record.result), 0);
    return &record;
}

/* 1 GiB, of which `used` pages hold something, over a link of 1 Gbit/s; no chance anywhere. */
static inline struct scenario plain(double used)
{
    struct scenario scenario;

    scenario_init(&scenario);
    scenario.link.payload = 0.956; /* known here, whatever the fit says */
    scenario.sender.page_time = 0.4e-6;
    scenario.guest.used = used;
    scenario.guest.expected = true;
    scenario.overhead.median = scenario.overhead.tail_share = 0;
    return scenario;
}

static inline void add_writer(struct scenario *scenario, double pages, double rate)
{
    struct guest_model *guest = &scenario->guest;

    guest->class[guest->count++] =
        (struct page_class){.pages = pages, .rate = rate, .activity = ACTIVITY_ALWAYS};
}

#endif
