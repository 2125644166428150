/* SPDX-License-Identifier: MIT */
#include "parameters.h"

static const struct parameters fitted = {{
#include "fitted.inc"
}};

static const struct parameter_about about[PARAMETERS] = {
    [PARAMETER_BASE] = {"BASE", "MiB", "kernel and programs of any guest", 20, 300, 96},
    [PARAMETER_BASE_PER_GIB] = {"BASE_PER_GIB", "MiB", "more for each GiB of memory", 1, 60, 21},
    [PARAMETER_BACKGROUND_PAGES] = {"BACKGROUND_PAGES", "pages",
                                    "that any guest writes now and then", 16, 20000, 256},
    [PARAMETER_BACKGROUND_RATE] = {"BACKGROUND_RATE", "1/s", "writes to them", 1, 20000, 80},
    [PARAMETER_FULL_SPEED] = {"FULL_SPEED", "1/s", "pages written by a writer told 'max'", 2e4, 1e7,
                              1e6},
    [PARAMETER_PAYLOAD] = {"PAYLOAD", "", "share of a line's bytes that is the sender's", 0.8, 1,
                           0.956},
    [PARAMETER_PAGE_TIME] = {"PAGE_TIME", "s", "to look at one page, whatever it holds", 1e-8, 1e-5,
                             0.4e-6},
    [PARAMETER_OVERHEAD] = {"OVERHEAD", "s", "median of a stop's time beside its bytes", 1e-3, 0.2,
                            0.038},
    [PARAMETER_OVERHEAD_SIGMA] = {"OVERHEAD_SIGMA", "", "of its logarithm", 0.01, 2, 0.3},
    [PARAMETER_STRESS] = {"STRESS", "MiB", "stress-ng itself", 1, 200, 65},
    [PARAMETER_STRESS_RATE] = {"STRESS_RATE", "1/s", "pages written by most of its methods", 1e3,
                               1e7, 5e5},
    [PARAMETER_WALK_RATE] = {"WALK_RATE", "1/s", "by its walk-0d", 1e2, 1e6, 15000},
    [PARAMETER_ZERO_ONE] = {"ZERO_ONE", "", "share of zero pages that its zero-one leaves", 0.01, 1,
                            0.9},
    [PARAMETER_GALPAT] = {"GALPAT", "", "that its galpat-0 leaves", 0.01, 1, 0.6},
    [PARAMETER_ALL] = {"ALL", "", "that all its methods in turn leave", 0.001, 1, 0.3},
    [PARAMETER_MSCAN] = {"MSCAN", "", "that its mscan leaves", 0.01, 1, 0.9},
    [PARAMETER_RAND_SET] = {"RAND_SET", "", "that its rand-set leaves", 0.01, 1, 0.8},
    [PARAMETER_SYSBENCH] = {"SYSBENCH", "MiB", "sysbench itself", 1, 200, 45},
    [PARAMETER_CPU_PAGES] = {"CPU_PAGES", "pages", "that 'sysbench cpu' writes", 16, 20000, 256},
    [PARAMETER_CPU_RATE] = {"CPU_RATE", "1/s", "writes to them", 1, 20000, 120},
    [PARAMETER_MEMORY_RATE] = {"MEMORY_RATE", "1/s", "pages written by 'sysbench memory'", 1e3, 1e7,
                               5e5},
    [PARAMETER_MEMTESTER_RATE] = {"MEMTESTER_RATE", "1/s", "pages written by memtester", 1e3, 1e7,
                                  1e5},
    [PARAMETER_MEMTESTER_ZEROS] = {"MEMTESTER_ZEROS", "s", "before its pattern of zeros, a MiB",
                                   0.01, 1, 0.105},
    [PARAMETER_MEMTESTER_EARLIER] = {"MEMTESTER_EARLIER", "s", "that it ran before the migration",
                                     0.1, 10, 2},
    [PARAMETER_MEMTESTER_LAST] = {"MEMTESTER_LAST", "s", "that the pattern lasts, a MiB", 1e-3, 1,
                                  0.03},
    [PARAMETER_MEMTESTER_PERIOD] = {"MEMTESTER_PERIOD", "s", "of zeros and ones in turn, a MiB",
                                    1e-3, 1, 0.008},
};

const struct parameter_about *parameter_about(enum parameter parameter)
{
    return &about[parameter];
}

const struct parameters *parameters_fitted(void)
{
    return &fitted;
}

void parameters_apply(const struct parameters *parameters, struct scenario *scenario)
{
    scenario->link.payload = parameters->value[PARAMETER_PAYLOAD];
    scenario->sender.page_time = parameters->value[PARAMETER_PAGE_TIME];
    scenario->overhead.median = parameters->value[PARAMETER_OVERHEAD];
    scenario->overhead.sigma = parameters->value[PARAMETER_OVERHEAD_SIGMA];
}
