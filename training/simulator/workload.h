/* SPDX-License-Identifier: MIT */
/*
 * Workloads by name: those of the testbed, general ones, and shapes that others have recorded.
 * The testbed's are fitted to recorded migrations (parameters.h).
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "parameters.h"
#include "scenario.h"

struct workload {
    const char *words; /* name and arguments, for people */
    const char *summary;
};

/* Number i; NULL past the last. */
const struct workload *workload_at(size_t i);

/*
 * Adds the classes of a workload, given as its words, to a scenario's guest, and sets how much
 * memory it uses. A shape also sets the guest's memory, and its link's drops. `ram` is the memory
 * in bytes, or 0: as the shape says, else 1 GiB. NULL, or what is wrong with the text.
 */
const char *workload_apply(const char *text, double ram, struct scenario *scenario);

/* The same with other parameters than the fitted ones: for the fit itself. */
const char *workload_apply_with(const struct parameters *parameters, const char *text, double ram,
                                struct scenario *scenario);

#endif
