/* SPDX-License-Identifier: MIT */
/*
 * Follows one migration of one domain in a thread of its own: while QEMU switches over, libvirt's
 * answers take as long as the downtime, and another domain's decision must not wait for them.
 */
#ifndef FOLLOWER_H
#define FOLLOWER_H

#include <stdatomic.h>

#include "domain_monitor.h"
#include "libvirt_options.h"
#include "metrics.h"

/* What all followers share; none of it changes while one runs. */
struct follower_setting {
    const char *program;
    const struct libvirt_options *options;
    precopyml_model *model;
    struct libvirt_link *link;
    struct metrics *metrics; /* or NULL */
    int interrupt;           /* a descriptor; readable: put everything back and end */
};

struct follower {
    struct follower *next; /* for who keeps them */
    const struct follower_setting *setting;
    char *name;
    struct domain_monitor monitor;
    pthread_t thread;
    atomic_bool finished; /* the thread is about to end; what follows may be read */
    bool followed;        /* there was a migration */
    int exit;             /* what it came to */
    bool restored;        /* the domain has the operator's limit, or is no more */
};

/* NULL when memory or threads are out. */
struct follower *follower_start(const struct follower_setting *setting, const char *name,
                                const unsigned char *uuid);

/* Waits for the thread's end and frees. */
void follower_join(struct follower *follower);

#endif
