/* SPDX-License-Identifier: MIT */
#include "destination.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* False only when QEMU is known to see another network ("net") or other files ("mnt"). */
static bool shares_namespace(pid_t qemu, const char *kind)
{
    char path[64], ours[64], its[64];
    ssize_t length, its_length;

    snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
    length = readlink(path, ours, sizeof ours);
    snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long)qemu, kind);
    its_length = readlink(path, its, sizeof its);
    if (length < 0 || its_length < 0)
        return true;
    return length == its_length && memcmp(ours, its, (size_t)length) == 0;
}

/* HOST:PORT or [HOST]:PORT, up to a comma. */
static bool split_address(const char *text, char host[65], char port[33])
{
    int end = 0;

    host[0] = '\0';
    if (sscanf(text, "[%64[^]]]:%32[0-9]%n", host, port, &end) != 2)
        end = 0;
    if (end == 0 && sscanf(text, "%64[^:,]:%32[0-9]%n", host, port, &end) != 2)
        return false;
    return end > 0 && (text[end] == '\0' || text[end] == ',');
}

/*
 * Connecting a datagram socket sends nothing: the kernel only looks for a route.
 */
static bool has_route(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool found = fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) == 0;

    if (fd >= 0)
        close(fd);
    return found;
}

static enum destination check_tcp(const char *address, pid_t qemu, char *why, size_t size)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char host[65], port[33];
    bool route = false;

    if (!split_address(address, host, port)) {
        snprintf(why, size, "tcp:%s: expected tcp:HOST:PORT", address);
        return DESTINATION_UNREACHABLE;
    }
    if (!shares_namespace(qemu, "net")) {
        snprintf(why, size, "QEMU lives in another network namespace: its routes are not ours");
        return DESTINATION_UNKNOWN;
    }
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0) {
        snprintf(why, size, "%s: %s", host, gai_strerror(error));
        return DESTINATION_UNREACHABLE;
    }
    for (const struct addrinfo *i = found; i != NULL && !route; i = i->ai_next)
        route = has_route(i);
    freeaddrinfo(found);
    if (!route) {
        snprintf(why, size, "there is no route to %s", host);
        return DESTINATION_UNREACHABLE;
    }
    snprintf(why, size, "%s resolves and has a route; whether port %s listens only QEMU may try",
             host, port);
    return DESTINATION_LOOKS_GOOD;
}

static enum destination check_unix(const char *path, pid_t qemu, char *why, size_t size)
{
    struct stat status;

    if (path[0] != '/' || !shares_namespace(qemu, "mnt")) {
        snprintf(why, size, "%s is a path that QEMU sees and we may not", path);
        return DESTINATION_UNKNOWN;
    }
    if (stat(path, &status) != 0) {
        snprintf(why, size, "%s: %s", path, strerror(errno));
        return errno == EACCES ? DESTINATION_UNKNOWN : DESTINATION_UNREACHABLE;
    }
    if (!S_ISSOCK(status.st_mode)) {
        snprintf(why, size, "%s is not a socket", path);
        return DESTINATION_UNREACHABLE;
    }
    snprintf(why, size, "the socket is there; whether it listens only QEMU may try");
    return DESTINATION_LOOKS_GOOD;
}

enum destination destination_check(const char *uri, pid_t qemu, char *why, size_t size)
{
    if (strncmp(uri, "tcp:", 4) == 0)
        return check_tcp(uri + 4, qemu, why, size);
    if (strncmp(uri, "unix:", 5) == 0)
        return check_unix(uri + 5, qemu, why, size);
    if (strchr(uri, ':') == NULL) {
        snprintf(why, size, "%s: expected a URI such as tcp:HOST:PORT or unix:PATH", uri);
        return DESTINATION_UNREACHABLE;
    }
    snprintf(why, size, "%.*s: QEMU alone can tell", (int)strcspn(uri, ":"), uri);
    return DESTINATION_UNKNOWN;
}
