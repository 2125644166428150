/* SPDX-License-Identifier: MIT */
/*
 * What the simulator knows of real guests and links: numbers fitted to the recorded migrations of
 * the train part by scripts/fit-simulator, which writes fitted.inc.
 */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "scenario.h"

enum parameter {
    PARAMETER_BASE,
    PARAMETER_BASE_PER_GIB,
    PARAMETER_BACKGROUND_PAGES,
    PARAMETER_BACKGROUND_RATE,
    PARAMETER_FULL_SPEED,
    PARAMETER_PAYLOAD,
    PARAMETER_PAGE_TIME,
    PARAMETER_OVERHEAD,
    PARAMETER_OVERHEAD_SIGMA,
    PARAMETER_STRESS,
    PARAMETER_STRESS_RATE,
    PARAMETER_WALK_RATE,
    PARAMETER_ZERO_ONE,
    PARAMETER_GALPAT,
    PARAMETER_ALL,
    PARAMETER_MSCAN,
    PARAMETER_RAND_SET,
    PARAMETER_SYSBENCH,
    PARAMETER_CPU_PAGES,
    PARAMETER_CPU_RATE,
    PARAMETER_MEMORY_RATE,
    PARAMETER_MEMTESTER_RATE,
    PARAMETER_MEMTESTER_ZEROS,
    PARAMETER_MEMTESTER_EARLIER,
    PARAMETER_MEMTESTER_LAST,
    PARAMETER_MEMTESTER_PERIOD,
    PARAMETERS
};

struct parameters {
    double value[PARAMETERS];
};

struct parameter_about {
    const char *name;
    const char *unit;
    const char *meaning;
    double low, high; /* what the fit may choose from; both above 0 */
    double start;     /* read off by hand, where the fit begins */
};

const struct parameter_about *parameter_about(enum parameter parameter);

/* Those of fitted.inc. */
const struct parameters *parameters_fitted(void);

/* Sets what a scenario's link, sender and overhead have of them. */
void parameters_apply(const struct parameters *parameters, struct scenario *scenario);

#endif
