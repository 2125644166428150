/* SPDX-License-Identifier: MIT */
/*
 * Who holds QEMU off: the one owner of QEMU's `downtime-limit`.
 *
 *     HOLD_OPERATOR   QEMU has the operator's value, we have no say
 *     HOLD_OURS       a small value, so that QEMU's own rule does not stop the guest first
 *     HOLD_PERMITTED  a value under which QEMU switches over now
 *
 * A process that is killed outright (SIGKILL) cannot put the operator's value back; every other
 * end does, by hold_release().
 */
#ifndef HOLD_H
#define HOLD_H

#include "qmp_client.h"

enum hold_state { HOLD_OPERATOR, HOLD_OURS, HOLD_PERMITTED };

struct hold {
    struct qmp_client *client;
    double operator_ms;
    double hold_ms;
    bool observe_only; /* changes nothing: QEMU always has the operator's value */

    enum hold_state state; /* as far as QEMU has confirmed, and so is in_force_ms */
    double in_force_ms;
    double steady_ms; /* the same, but for having been let in: what rounds end under as a rule */
    double sent_ms;   /* what was last asked of QEMU; it may have done it and we not know */
};

void hold_init(struct hold *hold, struct qmp_client *client, double operator_ms, double hold_ms,
               bool observe_only);

/* With hold_ms as a rule. */
enum qmp_error hold_take(struct hold *hold, double ms);

/* For the end of this round only. */
enum qmp_error hold_let_in(struct hold *hold, double ms);

enum qmp_error hold_permit(struct hold *hold, double ms);

/*
 * Gives the operator's value back. When somebody else has changed the limit since we last set it,
 * that is the operator's newest word and stays; and so it is when we set ours the next time.
 */
enum qmp_error hold_release(struct hold *hold);

/* Whether QEMU is sure to have the operator's value. */
bool hold_is_released(const struct hold *hold);

#endif
