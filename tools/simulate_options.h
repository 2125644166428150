/* SPDX-License-Identifier: MIT */
/* The command line of 'precopyml simulate' as a scenario and a number of runs of it. */
#ifndef SIMULATE_OPTIONS_H
#define SIMULATE_OPTIONS_H

#include <stdint.h>

#include "scenario.h"

struct simulate_options {
    struct scenario scenario;
    char workload[256]; /* as the user wrote it; several joined by " + " */
    const char *link;
    uint64_t seed;
    uint32_t runs;
    unsigned jobs;
    bool json;
    bool help;
    const char *path;     /* NULL: no traces */
    const char *outcomes; /* NULL: no table of outcomes */
};

/* EXIT_OK, or EXIT_USAGE after a message. */
int simulate_options_read(struct simulate_options *options, int argc, char **argv);

extern const char simulate_options_help[];

#endif
