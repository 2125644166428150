/* SPDX-License-Identifier: MIT */
/* The loop's hand on QEMU's throttle: does, records and reports. */
#ifndef QMP_THROTTLE_H
#define QMP_THROTTLE_H

#include "qmp_loop.h"

/* Keeps QEMU's own ramp from running, with the trigger ready for the first boundary's decision. */
enum qmp_error qmp_throttle_prepare(struct qmp_loop *loop);

/* A boundary that asks for no (other) throttle. */
enum qmp_error qmp_throttle_keep(struct qmp_loop *loop);

/* THROTTLE was said: never less than what was asked for before, never more than allowed. */
enum qmp_error qmp_throttle_ask(struct qmp_loop *loop, const struct precopyml_decision *decision);

/* The operator's values again. */
enum qmp_error qmp_throttle_release(struct qmp_loop *loop);

/* Notes what QEMU says is in force. */
void qmp_throttle_note(struct qmp_loop *loop, const struct precopyml_stats *stats);

#endif
