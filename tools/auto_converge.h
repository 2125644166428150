/* SPDX-License-Identifier: MIT */
/*
 * The one owner of QEMU's throttle: its auto-converge, led by the hand.
 *
 * QEMU looks at every sync a second or more after the last one; the second time that it finds more
 * than `throttle-trigger-threshold` percent of what was sent dirtied, it throttles the vCPUs by
 * `cpu-throttle-initial`, and each second time after by `cpu-throttle-increment` more, up to
 * `max-cpu-throttle`. Here
 *
 *     before the first boundary   threshold 1, most 1 %: its sync is the first of the two
 *     nothing asked for           threshold 100: the second is held back, and would do no harm
 *     throttle asked for          threshold 1, initial and most what was asked for: the next sync
 *                                 of a guest that dirties anything throttles it, and no further
 *
 * While a migration runs nothing but the trigger makes QEMU change a throttle that is in force, and
 * its end always lifts it.
 */
#ifndef AUTO_CONVERGE_H
#define AUTO_CONVERGE_H

#include <stdbool.h>

#include "qmp_client.h"

struct auto_converge {
    const json_t *operators; /* borrowed: the parameters as they were; NULL: hands off, always */
    double percent;          /* asked for; 0: nothing yet */
    bool armed;              /* the trigger is to fire as soon as it can */
    bool changed;            /* QEMU has, or may have, our values */
};

/* `operators`: what query-migrate-parameters returned, to outlive this; NULL: never touch any. */
void auto_converge_init(struct auto_converge *throttle, const json_t *operators);

/*
 * Makes QEMU's parameters those that this state wants. *changes: what was sent, to be given back by
 * json_decref(); NULL: nothing had to be.
 */
enum qmp_error auto_converge_hold(struct auto_converge *throttle, struct qmp_client *client,
                                  bool arm, json_t **changes);
enum qmp_error auto_converge_ask(struct auto_converge *throttle, struct qmp_client *client,
                                 double percent, json_t **changes);

/* The operator's values again. */
enum qmp_error auto_converge_release(struct auto_converge *throttle, struct qmp_client *client,
                                     json_t **changes);

#endif
