/* SPDX-License-Identifier: MIT */
#include "qmp_client.h"

#include "clock.h"
#include "qmp_frame.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct qmp_client {
    int fd, interrupt;
    const struct qmp_transport *transport; /* NULL: fd is a monitor's socket */
    double patience;
    struct qmp_frame frame;
    json_int_t last_id;
    json_t *greeting, *answer; /* the message that is waited for, once it is there */
    qmp_event_fn on_event;
    void *opaque;
    char version[32];
    char message[512];
};

__attribute__((format(printf, 3, 4))) static enum qmp_error
fail(struct qmp_client *client, enum qmp_error error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(client->message, sizeof client->message, format, arguments);
    va_end(arguments);
    return error;
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void take_event(struct qmp_client *client, const char *name, json_t *message)
{
    json_t *stamp = json_object_get(message, "timestamp");
    double seconds = json_number_value(json_object_get(stamp, "seconds"));
    double micros = json_number_value(json_object_get(stamp, "microseconds"));

    /* QEMU writes -1 when its host's clock failed. */
    double t = seconds > 0 ? seconds + micros / 1e6 : clock_of(CLOCK_REALTIME);
    if (client->on_event != NULL)
        client->on_event(client->opaque, name, t, json_object_get(message, "data"));
}

static void take_message(struct qmp_client *client, json_t *message)
{
    const char *event = json_string_value(json_object_get(message, "event"));
    json_t *id = json_object_get(message, "id");
    bool error = json_object_get(message, "error") != NULL;

    if (event != NULL)
        take_event(client, event, message);
    else if (json_object_get(message, "QMP") != NULL && client->greeting == NULL)
        client->greeting = json_incref(message);
    else if (id != NULL ? json_number_value(id) == (double)client->last_id : error) {
        /* An error without an id is QEMU's answer to a line it could not read at all. */
        json_decref(client->answer);
        client->answer = json_incref(message);
    }
    json_decref(message);
}

/*
 * Takes the next whole message, if there is one: *took says so. One at a time, so that what comes
 * behind an answer is not taken note of before it.
 */
static enum qmp_error take_next(struct qmp_client *client, bool *took)
{
    json_t *message;
    int result = qmp_frame_next(&client->frame, &message);

    *took = result == 1;
    if (*took)
        take_message(client, message);
    if (result >= 0)
        return QMP_OK;
    return fail(client, QMP_NOT_MONITOR,
                "what answers there does not speak QMP (the human monitor, or another program's "
                "socket?): give QEMU `-qmp unix:PATH,server=on,wait=off`");
}

static enum qmp_error take_bytes(struct qmp_client *client, const char *bytes, size_t count)
{
    switch (qmp_frame_push(&client->frame, bytes, count)) {
    case 0: return QMP_OK;
    case -ENOMEM: return fail(client, QMP_NO_MEMORY, "out of memory");
    default:
        return fail(client, QMP_NOT_MONITOR,
                    "what answers there sent over %zu KiB without ending a message: not a QMP "
                    "monitor",
                    QMP_FRAME_LIMIT / 1024);
    }
}

/* ---- Waiting -------------------------------------------------------------------------------- */

/* Until the socket is ready for `events`, the deadline (CLOCK_MONOTONIC) or an interrupt. */
static enum qmp_error wait_for(struct qmp_client *client, short events, double deadline)
{
    struct pollfd watch[2] = {{.fd = client->fd, .events = events},
                              {.fd = client->interrupt, .events = POLLIN}};

    for (;;) {
        double left = deadline - clock_of(CLOCK_MONOTONIC);
        int ready = poll(watch, 2, left > 0 ? (int)ceil(fmin(left, 1e6) * 1e3) : 0);

        if (ready < 0 && errno != EINTR)
            return fail(client, QMP_GONE, "cannot wait for the monitor: %s", strerror(errno));
        if (ready > 0 && watch[1].revents != 0)
            return fail(client, QMP_INTERRUPTED, "interrupted");
        if (ready > 0)
            return QMP_OK;
        if (left <= 0)
            return fail(client, QMP_STALLED, "nothing came in time");
    }
}

/* One message, or one arrival of bytes. */
static enum qmp_error read_more(struct qmp_client *client, double deadline)
{
    char bytes[16384];
    bool took;
    enum qmp_error error = take_next(client, &took);

    if (error == QMP_OK && !took)
        error = wait_for(client, POLLIN, deadline);
    if (error != QMP_OK || took)
        return error;
    ssize_t count = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count > 0)
        return take_bytes(client, bytes, (size_t)count);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return QMP_OK;
    return fail(client, QMP_GONE, "the monitor closed the connection%s%s", count < 0 ? ": " : "",
                count < 0 ? strerror(errno) : "");
}

static enum qmp_error send_all(struct qmp_client *client, const char *text, size_t length,
                               double deadline)
{
    for (size_t sent = 0; sent < length;) {
        ssize_t count = send(client->fd, text + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (count >= 0) {
            sent += (size_t)count;
        } else if (errno == EAGAIN) {
            enum qmp_error error = wait_for(client, POLLOUT, deadline);

            if (error == QMP_OK)
                continue;
            /* With half a command on the line nothing that follows could be understood. */
            return sent == 0 ? error : fail(client, QMP_GONE, "the monitor reads no more");
        } else if (errno != EINTR) {
            return fail(client, QMP_GONE, "the monitor is gone: %s", strerror(errno));
        }
    }
    return QMP_OK;
}

/* ---- Commands ------------------------------------------------------------------------------- */

static enum qmp_error send_command(struct qmp_client *client, const char *command,
                                   json_t *arguments, double deadline)
{
    json_t *message = json_pack("{s:s, s:o*, s:I}", "execute", command, "arguments", arguments,
                                "id", (json_int_t)++client->last_id);
    char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
    enum qmp_error error = QMP_NO_MEMORY;

    json_decref(message);
    if (text != NULL) {
        size_t length = strlen(text);

        text[length] = '\n'; /* in place of the end mark: the length travels beside it */
        error = send_all(client, text, length + 1, deadline);
    } else {
        fail(client, error, "out of memory");
    }
    free(text);
    return error;
}

static void take_events(struct qmp_client *client)
{
    const struct qmp_transport *transport = client->transport;

    if (client->on_event == NULL)
        return;
    while (transport->take_event(transport->opaque, client->on_event, client->opaque))
        ;
}

/*
 * By the transport. As on a socket, an interrupt that came meanwhile is told first, and events that
 * came while the command waited are told before its answer: it may be long about a stopped guest.
 */
static enum qmp_error execute_by_transport(struct qmp_client *client, const char *command,
                                           json_t *arguments, json_t **answer)
{
    const struct qmp_transport *transport = client->transport;
    struct pollfd watch = {.fd = client->interrupt, .events = POLLIN};
    json_t *value = NULL;
    enum qmp_error error = poll(&watch, 1, 0) > 0
                               ? fail(client, QMP_INTERRUPTED, "interrupted")
                               : transport->execute(transport->opaque, command, arguments, &value,
                                                    client->message, sizeof client->message);

    json_decref(arguments);
    take_events(client);
    if (error == QMP_OK && answer != NULL)
        *answer = value;
    else
        json_decref(value);
    return error;
}

enum qmp_error qmp_client_execute(struct qmp_client *client, const char *command, json_t *arguments,
                                  json_t **answer)
{
    double deadline = clock_of(CLOCK_MONOTONIC) + client->patience;

    if (answer != NULL)
        *answer = NULL;
    if (client->transport != NULL)
        return execute_by_transport(client, command, arguments, answer);
    json_decref(client->answer);
    client->answer = NULL;
    enum qmp_error error = send_command(client, command, arguments, deadline);
    while (error == QMP_OK && client->answer == NULL)
        error = read_more(client, deadline);
    if (error == QMP_STALLED)
        return fail(client, error, "the monitor did not answer %s within %g s", command,
                    client->patience);
    if (error != QMP_OK)
        return error;

    json_t *refusal = json_object_get(client->answer, "error");
    if (refusal != NULL) {
        const char *why = json_string_value(json_object_get(refusal, "desc"));

        return fail(client, QMP_REJECTED, "QEMU refused %s: %s", command,
                    why != NULL ? why : "it does not say why");
    }
    if (answer != NULL)
        *answer = json_incref(json_object_get(client->answer, "return"));
    return QMP_OK;
}

enum qmp_error qmp_client_receive(struct qmp_client *client, double seconds)
{
    double deadline = clock_of(CLOCK_MONOTONIC) + seconds;
    const struct qmp_transport *transport = client->transport;
    enum qmp_error error =
        transport == NULL ? read_more(client, deadline) : wait_for(client, POLLIN, deadline);

    if (error == QMP_OK && transport != NULL)
        take_events(client);
    return error == QMP_STALLED ? QMP_OK : error;
}

/* ---- Opening -------------------------------------------------------------------------------- */

static enum qmp_error read_greeting(struct qmp_client *client)
{
    double deadline = clock_of(CLOCK_MONOTONIC) + client->patience;
    enum qmp_error error = QMP_OK;

    while (error == QMP_OK && client->greeting == NULL)
        error = read_more(client, deadline);
    if (error == QMP_GONE)
        return fail(client, QMP_NOT_MONITOR,
                    "what answers there hung up without QMP's greeting: not a QMP monitor");
    if (error != QMP_STALLED)
        return error;
    if (qmp_frame_rest(&client->frame) > 0)
        return fail(client, QMP_NOT_MONITOR,
                    "what answers there began a message and never ended it: not a QMP monitor");
    return fail(client, QMP_BUSY,
                "monitor busy: no greeting within %g s. A monitor serves one client at a time; end "
                "the other client (libvirt, a script) or give QEMU one more -qmp",
                client->patience);
}

static void note_version(struct qmp_client *client)
{
    json_t *package = json_object_get(json_object_get(client->greeting, "QMP"), "version");
    json_t *qemu = json_object_get(package, "qemu");
    int major, minor, micro;

    if (json_unpack(qemu, "{s:i, s:i, s:i}", "major", &major, "minor", &minor, "micro", &micro) ==
        0)
        snprintf(client->version, sizeof client->version, "%d.%d.%d", major, minor, micro);
    else
        strcpy(client->version, "unknown");
}

/* The greeting and the end of QMP's negotiation mode. */
static enum qmp_error negotiate(struct qmp_client *client)
{
    enum qmp_error error = read_greeting(client);

    if (error != QMP_OK)
        return error;
    note_version(client);
    return qmp_client_execute(client, "qmp_capabilities", NULL, NULL);
}

static struct qmp_client *new_client(int fd, double patience)
{
    struct qmp_client *client = calloc(1, sizeof *client);

    if (client != NULL) {
        client->fd = fd;
        client->interrupt = -1;
        client->patience = patience;
    }
    return client;
}

enum qmp_error qmp_client_adopt(int fd, double patience, struct qmp_client **client)
{
    *client = new_client(fd, patience);
    if (*client == NULL) {
        close(fd);
        return QMP_NO_MEMORY;
    }
    return negotiate(*client);
}

static enum qmp_error connect_to(struct qmp_client *client, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return fail(client, QMP_NO_SOCKET, "%s: longer than a socket's path can be (%zu)", path,
                    sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (client->fd >= 0 &&
        connect(client->fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return QMP_OK;
    switch (errno) {
    case ECONNREFUSED:
        return fail(client, QMP_REFUSED,
                    "%s: nobody listens there: not a socket, or its QEMU has ended", path);
    case EAGAIN: /* the queue of waiting clients is full */
        return fail(client, QMP_BUSY,
                    "%s: monitor busy, others already wait for it; give QEMU one more -qmp", path);
    case EACCES:
    case EPERM:
        return fail(client, QMP_REFUSED, "%s: access denied; run as the user that QEMU runs as",
                    path);
    case EPROTOTYPE:
        return fail(client, QMP_NOT_MONITOR, "%s: a socket, but not of a stream kind", path);
    default:
        return fail(client, QMP_NO_SOCKET,
                    "%s: %s; give --socket the path of QEMU's `-qmp unix:PATH,server=on,wait=off`",
                    path, strerror(errno));
    }
}

enum qmp_error qmp_client_open(const char *path, double patience, struct qmp_client **client)
{
    *client = new_client(-1, patience);
    if (*client == NULL)
        return QMP_NO_MEMORY;
    enum qmp_error error = connect_to(*client, path);
    if (error != QMP_OK)
        return error;
    error = negotiate(*client);
    if (error != QMP_OK) {
        char what[sizeof(*client)->message];

        memcpy(what, (*client)->message, sizeof what);
        fail(*client, error, "%s: %s", path, what);
    }
    return error;
}

enum qmp_error qmp_client_wrap(const struct qmp_transport *transport, struct qmp_client **client)
{
    *client = new_client(transport->fd, 0);
    if (*client == NULL)
        return QMP_NO_MEMORY;
    (*client)->transport = transport;
    strcpy((*client)->version, "unknown");
    return QMP_OK;
}

void qmp_client_close(struct qmp_client **client)
{
    if (*client == NULL)
        return;
    if ((*client)->fd >= 0 && (*client)->transport == NULL)
        close((*client)->fd);
    qmp_frame_free(&(*client)->frame);
    json_decref((*client)->greeting);
    json_decref((*client)->answer);
    free(*client);
    *client = NULL;
}

/* ---- Small things --------------------------------------------------------------------------- */

void qmp_client_on_event(struct qmp_client *client, qmp_event_fn on_event, void *opaque)
{
    client->on_event = on_event;
    client->opaque = opaque;
}

void qmp_client_interrupt_on(struct qmp_client *client, int fd)
{
    client->interrupt = fd;
}

void qmp_client_set_patience(struct qmp_client *client, double patience)
{
    client->patience = patience;
}

const char *qmp_client_message(const struct qmp_client *client)
{
    return client != NULL ? client->message : "out of memory";
}

const char *qmp_client_qemu_version(const struct qmp_client *client)
{
    return client->version;
}

pid_t qmp_client_peer(const struct qmp_client *client)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return -1;
    return peer.pid > 0 ? peer.pid : -1;
}
