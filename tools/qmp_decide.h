/* SPDX-License-Identifier: MIT */
/* The deciding half of the loop: from a snapshot to what QEMU is allowed. */
#ifndef QMP_DECIDE_H
#define QMP_DECIDE_H

#include "qmp_loop.h"

/* Shows the session a snapshot of the running migration and acts on what it says. */
enum qmp_error qmp_decide(struct qmp_loop *loop, const struct precopyml_stats *stats);

#endif
