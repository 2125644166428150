/* SPDX-License-Identifier: MIT */
/*
 * Watches a connection to libvirt: begins a follower where a migration begins, hands libvirt's
 * events on, connects again where the connection broke.
 */
#ifndef WATCH_H
#define WATCH_H

#include "follower.h"
#include "signals.h"

enum { WATCH_EVENTS = 3 }; /* kinds of libvirt's */

struct watch {
    /* Set by the caller; all that follows is zero. */
    struct follower_setting setting;
    struct libvirt_link *link;
    struct signals *signals;

    struct follower *followers;
    bool has_target; /* one domain only, this one: */
    unsigned char target[VIR_UUID_BUFLEN];
    double wait_until; /* s, CLOCK_MONOTONIC, as are the next two */
    double next_try, next_write;
    double pause;             /* s between two tries to connect */
    unsigned generation;      /* of the connection in use */
    virConnectPtr subscribed; /* whose events we get, and by which callbacks */
    int callbacks[WATCH_EVENTS];
    bool ending;       /* by a signal, or with the target's migration */
    bool reported;     /* a follower has told how it ended */
    bool not_restored; /* of any */
    int code;
    char message[512]; /* why, where no follower has told */
};

/* Runs to its end; libvirt's event loop is registered and the link open. Returns an exit code. */
int watch_run(struct watch *watch);

#endif
