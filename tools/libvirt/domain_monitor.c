/* SPDX-License-Identifier: MIT */
#include "domain_monitor.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "job_stats.h"

/* An answer may overtake the event that explains it, and the last statistics come behind that. */
#define EXPLANATION_TIME 1.0 /* s */

/* libvirt's "unlimited" is 2^63 bytes/s in MiB/s. */
#define UNLIMITED_MIB (1ULL << 40)

/* ---- Events --------------------------------------------------------------------------------- */

static void push(struct domain_monitor *monitor, const char *name, json_t *data)
{
    json_t *event =
        json_pack("[s, f, o]", name, clock_of(CLOCK_REALTIME), data != NULL ? data : json_object());
    uint64_t one = 1;

    pthread_mutex_lock(&monitor->lock);
    if (json_array_append_new(monitor->events, event) == 0 &&
        write(monitor->transport.fd, &one, sizeof one) < 0)
        json_array_remove(monitor->events, json_array_size(monitor->events) - 1);
    pthread_mutex_unlock(&monitor->lock);
}

static bool take_event(void *opaque, qmp_event_fn on_event, void *on_event_opaque)
{
    struct domain_monitor *monitor = opaque;
    json_t *event = NULL;
    uint64_t one;

    pthread_mutex_lock(&monitor->lock);
    if (read(monitor->transport.fd, &one, sizeof one) > 0) {
        event = json_incref(json_array_get(monitor->events, 0));
        json_array_remove(monitor->events, 0);
    }
    pthread_mutex_unlock(&monitor->lock);
    if (event != NULL)
        on_event(on_event_opaque, json_string_value(json_array_get(event, 0)),
                 json_number_value(json_array_get(event, 1)), json_array_get(event, 2));
    json_decref(event);
    return event != NULL;
}

void domain_monitor_note_iteration(struct domain_monitor *monitor, int iteration)
{
    push(monitor, "MIGRATION_PASS", json_pack("{s:i}", "pass", iteration));
}

static void note_left(struct domain_monitor *monitor)
{
    pthread_mutex_lock(&monitor->lock);
    monitor->left = true;
    pthread_mutex_unlock(&monitor->lock);
    push(monitor, "MIGRATION", json_pack("{s:s}", "status", "completed"));
}

/*
 * While QEMU switches over, libvirt answers nothing about the domain, and of one client's questions
 * only a few wait at a time (max_client_requests, 5): those of other domains would queue behind.
 * Its events tell how it goes on.
 */
static void set_switching(struct domain_monitor *monitor, bool switching)
{
    pthread_mutex_lock(&monitor->lock);
    monitor->switching = switching;
    pthread_mutex_unlock(&monitor->lock);
}

void domain_monitor_note_lifecycle(struct domain_monitor *monitor, int event, int detail)
{
    switch (event) {
    case VIR_DOMAIN_EVENT_SUSPENDED:
        pthread_mutex_lock(&monitor->lock);
        monitor->postcopy |= detail == VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY;
        pthread_mutex_unlock(&monitor->lock);
        set_switching(monitor, detail == VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED);
        push(monitor, "STOP", NULL);
        break;
    case VIR_DOMAIN_EVENT_RESUMED:
        set_switching(monitor, false);
        push(monitor, "RESUME", NULL);
        break;
    case VIR_DOMAIN_EVENT_STOPPED:
        if (detail == VIR_DOMAIN_EVENT_STOPPED_MIGRATED)
            note_left(monitor);
        else
            push(monitor, "SHUTDOWN", NULL);
        break;
    default: break;
    }
}

void domain_monitor_note_completed(struct domain_monitor *monitor, const virTypedParameter *params,
                                   int count)
{
    json_t *reply = job_stats_to_query_migrate(params, count, "completed");

    pthread_mutex_lock(&monitor->lock);
    json_decref(monitor->completed);
    monitor->completed = reply;
    pthread_mutex_unlock(&monitor->lock);
    note_left(monitor);
}

/* ---- Commands ------------------------------------------------------------------------------- */

/* Where a command puts its answer, and what it has to do it with. */
struct call {
    struct domain_monitor *monitor;
    virDomainPtr domain; /* NULL: there is none any more */
    const json_t *arguments;
    json_t *answer;
};

/* 0, or -1 with libvirt's error set. */
typedef int (*command_fn)(struct call *call);

static bool is_gone(virDomainPtr domain)
{
    int active = domain != NULL ? virDomainIsActive(domain) : 0;

    return active == 0 || (active < 0 && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN);
}

/*
 * No job and no explanation: for a moment nothing is known, then either the guest is gone or it
 * runs on here.
 */
static json_t *without_job(struct call *call, bool gone)
{
    struct domain_monitor *monitor = call->monitor;
    double now = clock_of(CLOCK_MONOTONIC);

    if (monitor->gone_since == 0)
        monitor->gone_since = now;
    if (now - monitor->gone_since < EXPLANATION_TIME)
        return json_object();
    if (!gone)
        return json_pack("{s:s, s:s}", "status", "failed", "error-desc",
                         "libvirt's job is over and the guest has not left: it failed or was "
                         "cancelled");
    push(monitor, "SHUTDOWN", NULL);
    return json_object();
}

static json_t *job_reply(struct call *call, int type, const virTypedParameter *params, int count,
                         bool postcopy)
{
    if ((type == VIR_DOMAIN_JOB_UNBOUNDED || type == VIR_DOMAIN_JOB_BOUNDED) &&
        job_stats_is_migration_out(params, count)) {
        call->monitor->gone_since = 0;
        return job_stats_to_query_migrate(params, count, postcopy ? "postcopy-active" : "active");
    }
    return without_job(call, is_gone(call->domain));
}

static int query_migrate(struct call *call)
{
    struct domain_monitor *monitor = call->monitor;
    virTypedParameterPtr params = NULL;
    int type = VIR_DOMAIN_JOB_NONE, count = 0;

    pthread_mutex_lock(&monitor->lock);
    json_t *completed = json_incref(monitor->completed);
    bool left = monitor->left, postcopy = monitor->postcopy, switching = monitor->switching;
    pthread_mutex_unlock(&monitor->lock);
    if (completed != NULL || left) {
        /* libvirt's last statistics come right behind the news. */
        call->answer = completed != NULL ? completed : json_pack("{s:s}", "status", "completed");
        return 0;
    }
    if (call->domain == NULL) {
        call->answer = without_job(call, true);
        return 0;
    }
    if (switching) {
        call->answer = json_pack("{s:s}", "status", "device");
        return 0;
    }
    if (virDomainGetJobStats(call->domain, &type, &params, &count, 0) < 0) {
        int code = virGetLastErrorCode();

        if (code != VIR_ERR_NO_DOMAIN && code != VIR_ERR_OPERATION_INVALID)
            return -1;
        call->answer = without_job(call, true);
        return 0;
    }
    call->answer = job_reply(call, type, params, count, postcopy);
    virTypedParamsFree(params, count);
    return 0;
}

static int query_status(struct call *call)
{
    int state = VIR_DOMAIN_NOSTATE, reason = 0;

    if (call->domain != NULL && virDomainGetState(call->domain, &state, &reason, 0) < 0)
        return -1;
    /* Only what is paused by a person is "paused". */
    bool by_hand = state == VIR_DOMAIN_PAUSED && reason != VIR_DOMAIN_PAUSED_MIGRATION &&
                   reason != VIR_DOMAIN_PAUSED_POSTCOPY;
    call->answer = json_pack("{s:s}", "status", by_hand ? "paused" : "other");
    return 0;
}

static int query_parameters(struct call *call)
{
    unsigned long long downtime;
    unsigned long speed = 0;

    if (call->domain == NULL || virDomainMigrateGetMaxDowntime(call->domain, &downtime, 0) < 0)
        return -1;
    call->answer = json_pack("{s:I}", "downtime-limit", (json_int_t)downtime);
    if (virDomainMigrateGetMaxSpeed(call->domain, &speed, 0) == 0 && speed < UNLIMITED_MIB)
        json_object_set_new(call->answer, "max-bandwidth", json_integer((json_int_t)speed << 20));
    return 0;
}

/* libvirt does not tell. */
static int query_capabilities(struct call *call)
{
    call->answer = json_array();
    return 0;
}

static int query_cpus(struct call *call)
{
    int count =
        call->domain != NULL ? virDomainGetVcpusFlags(call->domain, VIR_DOMAIN_VCPU_LIVE) : -1;

    call->answer = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(call->answer, json_object());
    return 0;
}

static int set_parameters(struct call *call)
{
    const json_t *limit = json_object_get(call->arguments, "downtime-limit");

    if (is_gone(call->domain))
        return 0; /* nobody is left who could have a limit */
    return virDomainMigrateSetMaxDowntime(call->domain,
                                          (unsigned long long)json_number_value(limit), 0);
}

static int cancel(struct call *call)
{
    return call->domain != NULL ? virDomainAbortJob(call->domain) : 0;
}

static int start_postcopy(struct call *call)
{
    return call->domain != NULL ? virDomainMigrateStartPostCopy(call->domain, 0) : 0;
}

static command_fn find_command(const char *name)
{
    static const struct {
        const char *name;
        command_fn run;
    } commands[] = {
        {"query-migrate", query_migrate},
        {"query-status", query_status},
        {"query-migrate-parameters", query_parameters},
        {"query-migrate-capabilities", query_capabilities},
        {"query-cpus-fast", query_cpus},
        {"migrate-set-parameters", set_parameters},
        {"migrate_cancel", cancel},
        {"migrate-start-postcopy", start_postcopy},
    };

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run;
    return NULL;
}

static enum qmp_error error_of(int code)
{
    switch (code) {
    case VIR_ERR_NO_MEMORY: return QMP_NO_MEMORY;
    case VIR_ERR_OPERATION_TIMEOUT: return QMP_STALLED;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_ACCESS_DENIED: return QMP_REFUSED;
    default: return QMP_REJECTED;
    }
}

static void forget_domain(struct domain_monitor *monitor)
{
    if (monitor->domain != NULL)
        virDomainFree(monitor->domain);
    monitor->domain = NULL;
}

/*
 * Looked up once a connection, for a look is one round trip then and not two. False: libvirt does
 * not answer; true without a domain: there is none.
 */
static bool find_domain(struct domain_monitor *monitor, virConnectPtr connection)
{
    if (monitor->domain != NULL && monitor->found_in == monitor->generation)
        return true;
    forget_domain(monitor);
    set_switching(monitor, false); /* its events may be lost */
    monitor->domain = virDomainLookupByUUID(connection, monitor->uuid);
    monitor->found_in = monitor->generation;
    return monitor->domain != NULL || virGetLastErrorCode() == VIR_ERR_NO_DOMAIN;
}

/*
 * After an error: has the domain gone since it was found, or is it going? libvirt may read from the
 * monitor of a QEMU that has died before it notices.
 */
static bool has_left(virDomainPtr domain)
{
    const virError *error = virGetLastError();

    if (error == NULL || domain == NULL)
        return false;
    if (error->code == VIR_ERR_SYSTEM_ERROR && error->domain == VIR_FROM_QEMU)
        return true;
    return (error->code == VIR_ERR_NO_DOMAIN || error->code == VIR_ERR_OPERATION_INVALID) &&
           is_gone(domain);
}

/* One try on one connection; *broke: the connection did not survive it. */
static enum qmp_error try_once(struct call *call, virConnectPtr connection, const char *command,
                               command_fn run, char *message, size_t size, bool *broke)
{
    struct domain_monitor *monitor = call->monitor;
    bool done = find_domain(monitor, connection);

    call->domain = monitor->domain;
    *broke = false;
    done = done && run(call) == 0;
    if (done)
        return QMP_OK;
    int code = virGetLastErrorCode();
    snprintf(message, size, "libvirt refused %s: %s", command, virGetLastErrorMessage());
    if (has_left(call->domain)) {
        forget_domain(monitor);
        call->domain = NULL;
        if (run(call) == 0)
            return QMP_OK;
    }
    *broke = virConnectIsAlive(connection) != 1;
    return error_of(code);
}

static enum qmp_error execute(void *opaque, const char *command, const json_t *arguments,
                              json_t **answer, char *message, size_t size)
{
    struct domain_monitor *monitor = opaque;
    struct call call = {.monitor = monitor, .arguments = arguments};
    command_fn run = find_command(command);
    enum qmp_error error;
    bool broke;

    if (run == NULL) {
        snprintf(message, size, "libvirt has nothing for %s", command);
        return QMP_REJECTED;
    }
    do {
        virConnectPtr connection =
            libvirt_link_borrow(monitor->link, monitor->outage, &monitor->generation);

        if (connection == NULL) {
            snprintf(message, size, "libvirt is gone, and did not come back in time");
            return QMP_GONE;
        }
        error = try_once(&call, connection, command, run, message, size, &broke);
        if (broke)
            libvirt_link_broke(monitor->link, monitor->generation);
        virConnectClose(connection);
    } while (broke);
    *answer = call.answer;
    return error;
}

/* ---- Life ----------------------------------------------------------------------------------- */

int domain_monitor_init(struct domain_monitor *monitor, struct libvirt_link *link,
                        const unsigned char *uuid, double outage)
{
    *monitor = (struct domain_monitor){.link = link, .outage = outage, .events = json_array()};
    memcpy(monitor->uuid, uuid, VIR_UUID_BUFLEN);
    monitor->transport = (struct qmp_transport){
        .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE),
        .opaque = monitor,
        .execute = execute,
        .take_event = take_event,
    };
    pthread_mutex_init(&monitor->lock, NULL);
    if (monitor->transport.fd >= 0 && monitor->events != NULL)
        return 0;
    int error = monitor->events == NULL ? -ENOMEM : -errno;
    domain_monitor_free(monitor);
    return error;
}

void domain_monitor_free(struct domain_monitor *monitor)
{
    if (monitor->transport.fd >= 0)
        close(monitor->transport.fd);
    forget_domain(monitor);
    json_decref(monitor->events);
    json_decref(monitor->completed);
    pthread_mutex_destroy(&monitor->lock);
}
