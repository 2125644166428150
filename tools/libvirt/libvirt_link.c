/* SPDX-License-Identifier: MIT */
#include "libvirt_link.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "exit_codes.h"

/* A daemon that does not answer for this long is taken for dead. */
#define KEEPALIVE_INTERVAL 5 /* s */
#define KEEPALIVE_COUNT    3

#define CLOSING_PATIENCE 5.0 /* s */

void libvirt_link_init(struct libvirt_link *link, const char *uri)
{
    pthread_condattr_t attributes;

    *link = (struct libvirt_link){.uri = uri};
    pthread_mutex_init(&link->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&link->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void on_close(virConnectPtr connection, int reason, void *opaque)
{
    struct libvirt_link *link = opaque;

    (void)reason;
    pthread_mutex_lock(&link->lock);
    if (link->connection == connection)
        link->closed = true;
    pthread_mutex_unlock(&link->lock);
}

/* A callback keeps its connection alive. */
static void let_go(virConnectPtr connection)
{
    if (connection == NULL)
        return;
    virConnectUnregisterCloseCallback(connection, on_close);
    virConnectClose(connection);
}

void libvirt_link_free(struct libvirt_link *link)
{
    let_go(link->connection);
    pthread_cond_destroy(&link->changed);
    pthread_mutex_destroy(&link->lock);
}

static int refusal_code(const virError *error)
{
    if (error == NULL)
        return EXIT_RUNTIME;
    switch (error->code) {
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED: return EXIT_REFUSED;
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_ARG: return EXIT_USAGE;
    case VIR_ERR_SYSTEM_ERROR: return error->int1 == ENOENT ? EXIT_NO_SOCKET : EXIT_REFUSED;
    default: return EXIT_REFUSED;
    }
}

static const char *advice(int code, const virError *error)
{
    if (code == EXIT_USAGE)
        return "; give --connect a URI such as qemu:///system";
    if (code == EXIT_NO_SOCKET)
        return "; is libvirtd (or virtqemud) running on this host?";
    if (error != NULL &&
        (error->code != VIR_ERR_SYSTEM_ERROR || error->int1 == EACCES || error->int1 == EPERM))
        return "; access may need root or the group libvirt";
    return "";
}

int libvirt_link_open(struct libvirt_link *link, char *message, size_t size)
{
    virConnectPtr connection = virConnectOpenAuth(link->uri, virConnectAuthPtrDefault, 0), old;

    if (connection == NULL) {
        const virError *error = virGetLastError();
        int code = refusal_code(error);

        snprintf(message, size, "cannot connect to libvirt%s%s: %s%s",
                 link->uri != NULL ? " at " : "", link->uri != NULL ? link->uri : "",
                 virGetLastErrorMessage(), advice(code, error));
        return code;
    }
    virConnectRegisterCloseCallback(connection, on_close, link, NULL);
    /* Drivers without a daemon have nothing to keep alive. */
    (void)virConnectSetKeepAlive(connection, KEEPALIVE_INTERVAL, KEEPALIVE_COUNT);
    pthread_mutex_lock(&link->lock);
    old = link->connection;
    link->connection = connection;
    link->closed = false;
    link->generation++;
    pthread_cond_broadcast(&link->changed);
    pthread_mutex_unlock(&link->lock);
    let_go(old);
    return EXIT_OK;
}

bool libvirt_link_is_up(struct libvirt_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool up = link->connection != NULL && !link->closed;
    pthread_mutex_unlock(&link->lock);
    return up;
}

void libvirt_link_broke(struct libvirt_link *link, unsigned generation)
{
    pthread_mutex_lock(&link->lock);
    if (link->generation == generation)
        link->closed = true;
    pthread_mutex_unlock(&link->lock);
}

virConnectPtr libvirt_link_borrow(struct libvirt_link *link, double seconds, unsigned *generation)
{
    double asked = clock_of(CLOCK_MONOTONIC);
    virConnectPtr connection = NULL;

    pthread_mutex_lock(&link->lock);
    while (link->connection == NULL || link->closed) {
        double wanted = link->closing && seconds > CLOSING_PATIENCE ? CLOSING_PATIENCE : seconds;
        double left = asked + wanted - clock_of(CLOCK_MONOTONIC);
        double until = clock_of(CLOCK_MONOTONIC) + (left < 1 ? left : 1);
        struct timespec time = {(time_t)until, (long)((until - (double)(time_t)until) * 1e9)};

        if (left <= 0)
            break;
        pthread_cond_timedwait(&link->changed, &link->lock, &time);
    }
    if (link->connection != NULL && !link->closed && virConnectRef(link->connection) == 0)
        connection = link->connection;
    *generation = link->generation;
    pthread_mutex_unlock(&link->lock);
    return connection;
}

void libvirt_link_close_soon(struct libvirt_link *link)
{
    pthread_mutex_lock(&link->lock);
    link->closing = true;
    pthread_cond_broadcast(&link->changed);
    pthread_mutex_unlock(&link->lock);
}
