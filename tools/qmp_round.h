/* SPDX-License-Identifier: MIT */
/* Under a hard throttle a decision is acted on at the end of the round (round_end.h). */
#ifndef QMP_ROUND_H
#define QMP_ROUND_H

#include "qmp_loop.h"

/* Whether this boundary's decision is one for the end of the round that begins. */
bool qmp_round_takes(struct qmp_loop *loop, const struct precopyml_stats *stats,
                     const struct precopyml_decision *decision);

/*
 * Keeps it until then and holds QEMU off. `recheck`: QEMU may be using an earlier permission at
 * this very sync, which is left to it until it sends again.
 */
enum qmp_error qmp_round_begin(struct qmp_loop *loop, const struct precopyml_stats *stats,
                               const struct precopyml_decision *decision, bool recheck);

/* At every look between boundaries. */
enum qmp_error qmp_round_look(struct qmp_loop *loop, const struct precopyml_stats *stats);

#endif
