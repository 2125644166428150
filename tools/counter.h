/* SPDX-License-Identifier: MIT */
#ifndef COUNTER_H
#define COUNTER_H

#include <math.h>

#include <precopyml.h>

/* A counter of a snapshot that is as long as this header says; NaN when it is unknown. */
static inline double counter(const struct precopyml_stats *stats, enum precopyml_stat id)
{
    return stats->known >> id & 1 ? stats->value[id] : (double)NAN;
}

#endif
