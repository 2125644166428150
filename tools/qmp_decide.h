/* SPDX-License-Identifier: MIT */
/* The deciding half of the loop: from a snapshot to what QEMU is allowed. */
#ifndef QMP_DECIDE_H
#define QMP_DECIDE_H

#include "qmp_loop.h"

/* Shows the session a snapshot of the running migration and acts on what it says. */
enum qmp_error qmp_decide(struct qmp_loop *loop, const struct precopyml_stats *stats);

/* Holds QEMU off, if it is not already and may be. */
enum qmp_error qmp_hold_off(struct qmp_loop *loop, const char *why);

/*
 * Gives QEMU the operator's limit and throttle parameters back; where one is refused, the other all
 * the same.
 */
enum qmp_error qmp_stand_back(struct qmp_loop *loop, const char *why);

/* Whether QEMU has all of the operator's values, as far as it has confirmed it. */
bool qmp_has_stood_back(const struct qmp_loop *loop);

#endif
