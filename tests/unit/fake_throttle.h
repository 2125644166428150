/* SPDX-License-Identifier: MIT */
/* The auto-converge of a QEMU that is not there. */
#ifndef FAKE_THROTTLE_H
#define FAKE_THROTTLE_H

#include <jansson.h>
#include <stdbool.h>

struct fake_throttle {
    double trigger, initial, increment, most; /* percent, as QEMU's parameters */
    double percent, judged;                   /* in force; when a sync was last looked at */
    int high;                                 /* syncs over the trigger since it last acted */
    bool refuses;                             /* every new value */
};

/*
 * As QEMU's migration_trigger_throttle, with a shorter period than its second: a sync at `now` (s)
 * found `dirtied` bytes after `sent`.
 */
void fake_throttle_judge(struct fake_throttle *throttle, double now, double dirtied, double sent);

/* Adds its parameters to those that query-migrate-parameters returns. */
void fake_throttle_tell(const struct fake_throttle *throttle, json_t *parameters);

/* Takes those of migrate-set-parameters that are its own; false: refused. */
bool fake_throttle_set(struct fake_throttle *throttle, const json_t *arguments);

#endif
