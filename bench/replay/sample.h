/* SPDX-License-Identifier: MIT */
/* A hypervisor's counters as the peers see them. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <math.h>

#include <peer.h>

/* What the first look at a migration said; NaN before it. */
struct sample_origin {
    double start;      /* s, on the clock of the samples */
    double first_sync; /* the sync count then */
};

#define SAMPLE_ORIGIN_INIT ((struct sample_origin){.start = NAN, .first_sync = NAN})

/* Takes the first sample's word for when the migration began; later ones change nothing. */
void sample_origin_note(struct sample_origin *origin, double t,
                        const struct precopyml_stats *stats);

/* `t` in s. The sample's `stats` is left NULL: the caller knows how long they live. */
struct peer_sample sample_of(const struct sample_origin *origin, double t,
                             const struct precopyml_stats *stats);

/* Sets what the round that ended at this boundary took, from the boundary before it (or NULL). */
void sample_end_round(struct peer_boundary *boundary, const struct peer_sample *before);

#endif
