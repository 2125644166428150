/* SPDX-License-Identifier: MIT */
/*
 * One domain of libvirt as a QMP client's transport: the few commands that a migration needs, each
 * done by libvirt's API, and libvirt's events in QMP's words.
 *
 * Thread-safety: one thread uses the client; the thread of libvirt's event loop calls the `note`
 * functions.
 */
#ifndef DOMAIN_MONITOR_H
#define DOMAIN_MONITOR_H

#include "libvirt_link.h"
#include "qmp_client.h"

struct domain_monitor {
    struct libvirt_link *link;
    double outage; /* s to wait for a libvirt that is away */
    unsigned char uuid[VIR_UUID_BUFLEN];
    struct qmp_transport transport;

    pthread_mutex_t lock; /* over what the event loop tells, all that follows */
    json_t *events;       /* [[NAME, T, DATA], ...] not yet taken; transport.fd counts them */
    json_t *completed;    /* the last statistics, as a reply; NULL: not over */
    bool left;            /* the guest runs at the destination */
    bool postcopy;
    bool switching; /* the guest stands still for its switchover */

    /* The client's own. */
    double gone_since;   /* s, CLOCK_MONOTONIC, since no job was found; 0: found */
    unsigned generation; /* of the connection in use */
    virDomainPtr domain; /* NULL: none, or not looked for */
    unsigned found_in;   /* the generation that it is of */
};

/* 0, or a negative errno value. */
int domain_monitor_init(struct domain_monitor *monitor, struct libvirt_link *link,
                        const unsigned char *uuid, double outage);
void domain_monitor_free(struct domain_monitor *monitor);

void domain_monitor_note_iteration(struct domain_monitor *monitor, int iteration);
void domain_monitor_note_lifecycle(struct domain_monitor *monitor, int event, int detail);
void domain_monitor_note_completed(struct domain_monitor *monitor, const virTypedParameter *params,
                                   int count);

#endif
