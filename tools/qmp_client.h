/* SPDX-License-Identifier: MIT */
/*
 * A client of QEMU's monitor (QMP) over a unix socket.
 *
 * Commands are answered in turn and matched by id; every wait is bounded. Events that arrive on
 * the way are handed to one callback, in order, which should only take note.
 */
#ifndef QMP_CLIENT_H
#define QMP_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct qmp_client;

enum qmp_error {
    QMP_OK,
    QMP_NO_SOCKET,   /* no such path */
    QMP_REFUSED,     /* nobody listens there, or access is denied */
    QMP_NOT_MONITOR, /* what answers there does not speak QMP */
    QMP_BUSY,        /* accepted, but never greeted: a monitor serves one client at a time */
    QMP_GONE,        /* the connection ended */
    QMP_STALLED,     /* no answer in time */
    QMP_REJECTED,    /* QEMU answered with an error */
    QMP_INTERRUPTED, /* the interrupt descriptor became readable during a wait */
    QMP_NO_MEMORY
};

/* `t`: the event's own timestamp, in seconds since the epoch. `data` may be NULL. */
typedef void (*qmp_event_fn)(void *opaque, const char *name, double t, json_t *data);

/*
 * Connects, reads the greeting and leaves capabilities negotiation: the monitor is ready for
 * commands. `patience` in seconds bounds each step. On an error *client still exists, for
 * qmp_client_message(), unless it is QMP_NO_MEMORY.
 */
enum qmp_error qmp_client_open(const char *path, double patience, struct qmp_client **client);

/* The same on a connected socket, which the client takes over. */
enum qmp_error qmp_client_adopt(int fd, double patience, struct qmp_client **client);

/*
 * Another way to the same commands: something that is no monitor and does a monitor's work, for one
 * guest (libvirt). `fd` is readable while an event waits.
 */
struct qmp_transport {
    int fd; /* stays the caller's */
    void *opaque;
    /*
     * Does one command; `arguments` may be NULL and stays the caller's, *answer is NULL before. On
     * an error writes a sentence to `message`.
     */
    enum qmp_error (*execute)(void *opaque, const char *command, const json_t *arguments,
                              json_t **answer, char *message, size_t size);
    /* Takes the next event and hands it to `on_event`; false when there is none. */
    bool (*take_event)(void *opaque, qmp_event_fn on_event, void *on_event_opaque);
};

/* `transport` must outlive the client. QMP_OK or QMP_NO_MEMORY. */
enum qmp_error qmp_client_wrap(const struct qmp_transport *transport, struct qmp_client **client);

/* Closes and sets *client NULL; NULL is allowed. */
void qmp_client_close(struct qmp_client **client);

void qmp_client_on_event(struct qmp_client *client, qmp_event_fn on_event, void *opaque);

/* While `fd` is readable, waits end at once with QMP_INTERRUPTED; -1: never. */
void qmp_client_interrupt_on(struct qmp_client *client, int fd);

/* Seconds to wait for an answer from now on. */
void qmp_client_set_patience(struct qmp_client *client, double patience);

/*
 * Executes a command. `arguments` may be NULL and is always consumed; `answer` may be NULL, else on
 * success it is the caller's. An answer that comes after its time is dropped when it comes.
 */
enum qmp_error qmp_client_execute(struct qmp_client *client, const char *command, json_t *arguments,
                                  json_t **answer);

/* Takes one event, or waits `seconds` at most for bytes to arrive. Nothing is not an error. */
enum qmp_error qmp_client_receive(struct qmp_client *client, double seconds);

/* What the last error was, in a sentence for people; never NULL. */
const char *qmp_client_message(const struct qmp_client *client);

/* "7.2.22" as the greeting says, or "unknown". */
const char *qmp_client_qemu_version(const struct qmp_client *client);

/* The process at the other end, or -1. */
pid_t qmp_client_peer(const struct qmp_client *client);

#endif
