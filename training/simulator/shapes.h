/* SPDX-License-Identifier: MIT */
/*
 * Guests as others have recorded them, redrawn by hand from published plots (KubeVirt's proposal
 * for stall detection, VEP 248): their sizes and times hold within some percent, no more.
 */
#ifndef SHAPES_H
#define SHAPES_H

#include "scenario.h"

struct shape {
    const char *name;
    const char *summary;
    double ram;  /* MiB */
    double used; /* MiB */
    const struct page_class *classes;
    size_t count;
    struct activity drop; /* of the link */
    double drop_share;
};

/* Number i; NULL past the last. `pages` of its classes are MiB. */
const struct shape *shape_at(size_t i);

#endif
