/* SPDX-License-Identifier: MIT */
/* QEMU's auto-converge: takes processor time from a guest that dirties more than is sent. */
#ifndef THROTTLE_H
#define THROTTLE_H

#include "scenario.h"

struct throttle {
    double percent;
    unsigned high; /* times that too much was dirtied since the last step; good times don't count */
};

/* Bytes dirtied and sent in a period of a second or more, at the sync that ends it. */
void throttle_judge(struct throttle *throttle, const struct throttle_model *model, double dirtied,
                    double sent);

#endif
