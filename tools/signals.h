/* SPDX-License-Identifier: MIT */
/* The signals that end a run in order: a descriptor tells of them instead of a handler. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct signals {
    int fd; /* readable once one has come; -1: they are not caught */
};
#define SIGNALS_INIT                                                                               \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

/*
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT and whatever else would end a program from outside, but for
 * those that are ignored, as under nohup; and a closed pipe or a file over its limit becomes an
 * error like any other. False when that cannot be. Call before any thread is made.
 */
bool signals_catch(struct signals *signals);

/* They stay blocked: what comes until the program ends would take the exit code's place. */
void signals_let_go(struct signals *signals);

#endif
