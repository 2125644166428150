/* SPDX-License-Identifier: MIT */
/*
 * The connection to libvirt: made, kept alive, made again. One thread opens it; any thread may
 * borrow it.
 */
#ifndef LIBVIRT_LINK_H
#define LIBVIRT_LINK_H

#include <libvirt/libvirt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct libvirt_link {
    const char *uri; /* NULL: libvirt's default */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    virConnectPtr connection; /* NULL: there is none */
    unsigned generation;      /* of connections */
    bool closed;              /* the connection has broken */
    bool closing;             /* nobody should wait for libvirt for long any more */
};

void libvirt_link_init(struct libvirt_link *link, const char *uri);
void libvirt_link_free(struct libvirt_link *link);

/*
 * Connects, in place of what there was. EXIT_OK; else a code of exit_codes.h, with the reason in
 * `message`.
 */
int libvirt_link_open(struct libvirt_link *link, char *message, size_t size);

/* Whether the connection works, as far as is known. */
bool libvirt_link_is_up(struct libvirt_link *link);

/* Marks the connection as broken: who opens it sees libvirt_link_is_up() false. */
void libvirt_link_broke(struct libvirt_link *link, unsigned generation);

/*
 * The connection, a reference of its own, and which one it is; where there is none waits for up to
 * `seconds`. NULL: there is still none.
 */
virConnectPtr libvirt_link_borrow(struct libvirt_link *link, double seconds, unsigned *generation);

/* From here on waits are short. */
void libvirt_link_close_soon(struct libvirt_link *link);

#endif
