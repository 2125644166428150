/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <libvirt/virterror.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "exit_codes.h"
#include "job_stats.h"

#define TICK_MS       100
#define FIRST_PAUSE   0.25 /* s until the second try to connect; doubles */
#define LONGEST_PAUSE 15.0
#define WRITE_SPACING 1.0 /* s between two versions of the metrics */

__attribute__((format(printf, 3, 4))) static void end(struct watch *watch, int code,
                                                      const char *format, ...)
{
    va_list arguments;

    if (watch->ending)
        return;
    va_start(arguments, format);
    vsnprintf(watch->message, sizeof watch->message, format, arguments);
    va_end(arguments);
    watch->code = code;
    watch->ending = true;
}

/* ---- Followers ------------------------------------------------------------------------------ */

static struct follower *find(const struct watch *watch, const unsigned char *uuid)
{
    struct follower *follower = watch->followers;

    while (follower != NULL && memcmp(follower->monitor.uuid, uuid, VIR_UUID_BUFLEN) != 0)
        follower = follower->next;
    return follower;
}

/* The domain's follower, where it is one that we watch; begins one where `begin` says so. */
static struct follower *follower_of(struct watch *watch, virDomainPtr domain, bool begin)
{
    unsigned char uuid[VIR_UUID_BUFLEN];

    if (virDomainGetUUID(domain, uuid) < 0 ||
        (watch->has_target && memcmp(uuid, watch->target, VIR_UUID_BUFLEN) != 0))
        return NULL;
    struct follower *follower = find(watch, uuid);
    if (follower != NULL || !begin || watch->ending)
        return follower;
    follower = follower_start(&watch->setting, virDomainGetName(domain), uuid);
    if (follower == NULL) {
        complain(watch->setting.program, "%s: out of memory: not followed",
                 virDomainGetName(domain));
        return NULL;
    }
    follower->next = watch->followers;
    watch->followers = follower;
    return follower;
}

static void reap(struct watch *watch)
{
    struct follower **place = &watch->followers, *follower;

    while ((follower = *place) != NULL) {
        if (!atomic_load(&follower->finished)) {
            place = &follower->next;
            continue;
        }
        *place = follower->next;
        watch->not_restored |= !follower->restored;
        if (watch->has_target && follower->followed) {
            watch->reported = true;
            if (!watch->ending || watch->code == EXIT_INTERRUPTED)
                watch->code = follower->exit;
            watch->ending = true;
        }
        follower_join(follower);
    }
}

/* ---- Events --------------------------------------------------------------------------------- */

static void on_iteration(virConnectPtr connection, virDomainPtr domain, int iteration, void *opaque)
{
    struct follower *follower = follower_of(opaque, domain, true);

    (void)connection;
    if (follower != NULL)
        domain_monitor_note_iteration(&follower->monitor, iteration);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail,
                        void *opaque)
{
    struct watch *watch = opaque;
    struct follower *follower = follower_of(watch, domain, false);
    unsigned char uuid[VIR_UUID_BUFLEN];

    (void)connection;
    if (follower != NULL)
        domain_monitor_note_lifecycle(&follower->monitor, event, detail);
    else if (event == VIR_DOMAIN_EVENT_STOPPED && watch->has_target &&
             virDomainGetUUID(domain, uuid) == 0 &&
             memcmp(uuid, watch->target, VIR_UUID_BUFLEN) == 0)
        end(watch, EXIT_GUEST_GONE, "%s was shut down before a migration began",
            virDomainGetName(domain));
    return 0;
}

static void on_completed(virConnectPtr connection, virDomainPtr domain, virTypedParameterPtr params,
                         int count, void *opaque)
{
    struct follower *follower = follower_of(opaque, domain, false);

    (void)connection;
    if (follower != NULL && job_stats_is_migration_out(params, count))
        domain_monitor_note_completed(&follower->monitor, params, count);
}

/* A callback keeps its connection: of one that is given up each has to go. */
static void unsubscribe(struct watch *watch)
{
    if (watch->subscribed == NULL)
        return;
    for (size_t i = 0; i < WATCH_EVENTS; i++)
        if (watch->callbacks[i] >= 0)
            (void)virConnectDomainEventDeregisterAny(watch->subscribed, watch->callbacks[i]);
    virConnectClose(watch->subscribed);
    watch->subscribed = NULL;
}

static bool subscribe(struct watch *watch, virConnectPtr connection)
{
    static const int ids[WATCH_EVENTS] = {VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                          VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                                          VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION};
    const virConnectDomainEventGenericCallback callbacks[WATCH_EVENTS] = {
        VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), VIR_DOMAIN_EVENT_CALLBACK(on_completed),
        VIR_DOMAIN_EVENT_CALLBACK(on_iteration)};
    bool all = true;

    unsubscribe(watch);
    if (virConnectRef(connection) < 0)
        return false;
    watch->subscribed = connection;
    for (size_t i = 0; i < WATCH_EVENTS; i++) {
        watch->callbacks[i] = all ? virConnectDomainEventRegisterAny(connection, NULL, ids[i],
                                                                     callbacks[i], watch, NULL)
                                  : -1;
        all = watch->callbacks[i] >= 0;
    }
    return all;
}

/* ---- A connection, the first or another one ------------------------------------------------- */

/* Domains with a job may be migrating; asked without their monitors, which may be busy. */
static void attach(struct watch *watch, virConnectPtr connection)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);

    for (int i = 0; i < count; i++) {
        virDomainControlInfo info = {.state = VIR_DOMAIN_CONTROL_OK};

        if (virDomainGetControlInfo(domains[i], &info, 0) < 0 ||
            info.state != VIR_DOMAIN_CONTROL_OK)
            (void)follower_of(watch, domains[i], true);
        virDomainFree(domains[i]);
    }
    free(domains);
}

static bool is_uuid(const char *text)
{
    return strlen(text) == VIR_UUID_STRING_BUFLEN - 1 && strchr(text, '-') != NULL;
}

static void find_target(struct watch *watch, virConnectPtr connection)
{
    const char *name = watch->setting.options->domain;
    virDomainPtr domain = virDomainLookupByName(connection, name);

    if (domain == NULL && is_uuid(name))
        domain = virDomainLookupByUUIDString(connection, name);
    if (domain == NULL) {
        if (watch->has_target && watch->followers != NULL)
            return; /* its follower finds out what became of it */
        end(watch, virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ? EXIT_NO_DOMAIN : EXIT_REJECTED,
            watch->has_target ? "%s: %s; it went while libvirt was away"
                              : "%s: %s; 'virsh list' shows the domains that run here",
            name, virGetLastErrorMessage());
        return;
    }
    if (virDomainIsActive(domain) == 0)
        end(watch, EXIT_NO_DOMAIN, "%s does not run: there is nothing to migrate", name);
    watch->has_target = virDomainGetUUID(domain, watch->target) == 0;
    virDomainFree(domain);
}

static void use_connection(struct watch *watch)
{
    virConnectPtr connection = libvirt_link_borrow(watch->link, 0, &watch->generation);

    if (connection == NULL)
        return;
    metrics_connected(watch->setting.metrics, true);
    if (!subscribe(watch, connection))
        end(watch, EXIT_CAPABILITY_MISSING, "this libvirt tells of no migrations: %s",
            virGetLastErrorMessage());
    else if (watch->setting.options->domain != NULL)
        find_target(watch, connection);
    if (!watch->ending)
        attach(watch, connection);
    virConnectClose(connection);
}

static void keep_connected(struct watch *watch)
{
    double now = clock_of(CLOCK_MONOTONIC);
    char why[512];

    if (libvirt_link_is_up(watch->link)) {
        watch->pause = 0;
        return;
    }
    if (watch->pause == 0) {
        complain(watch->setting.program, "libvirt is gone; trying again until it is back");
        metrics_connected(watch->setting.metrics, false);
        watch->pause = FIRST_PAUSE;
        watch->next_try = now;
    }
    if (now < watch->next_try)
        return;
    if (libvirt_link_open(watch->link, why, sizeof why) == EXIT_OK) {
        complain(watch->setting.program, "libvirt is back");
        use_connection(watch);
        return;
    }
    watch->next_try = clock_of(CLOCK_MONOTONIC) + watch->pause;
    watch->pause = fmin(2 * watch->pause, LONGEST_PAUSE);
}

/* ---- The run -------------------------------------------------------------------------------- */

/* The signal stays unread: the descriptor is every follower's interrupt. */
static void on_signal(int handle, int fd, int events, void *opaque)
{
    struct watch *watch = opaque;

    (void)fd;
    (void)events;
    virEventRemoveHandle(handle);
    libvirt_link_close_soon(watch->link);
    end(watch, watch->setting.options->all ? EXIT_OK : EXIT_INTERRUPTED, "interrupted");
}

static void on_tick(int timer, void *opaque)
{
    struct watch *watch = opaque;
    double now = clock_of(CLOCK_MONOTONIC);

    (void)timer;
    reap(watch);
    keep_connected(watch);
    if (now >= watch->next_write) {
        (void)metrics_write(watch->setting.metrics); /* it has said what is wrong */
        watch->next_write = now + WRITE_SPACING;
    }
    if (watch->has_target && watch->followers == NULL && now >= watch->wait_until)
        end(watch, EXIT_NO_MIGRATION,
            "no migration began within %g s; start one (virsh migrate --live), or wait longer "
            "(--wait)",
            watch->setting.options->live.wait);
}

int watch_run(struct watch *watch)
{
    double wait = watch->setting.options->live.wait;

    watch->wait_until = clock_of(CLOCK_MONOTONIC) + wait;
    int handle =
        virEventAddHandle(watch->signals->fd, VIR_EVENT_HANDLE_READABLE, on_signal, watch, NULL);
    int timer = virEventAddTimeout(TICK_MS, on_tick, watch, NULL);
    if (handle < 0 || timer < 0)
        end(watch, EXIT_RUNTIME, "cannot wait for events: %s", virGetLastErrorMessage());
    else
        use_connection(watch);
    while (!watch->ending || watch->followers != NULL)
        if (virEventRunDefaultImpl() < 0) {
            end(watch, EXIT_RUNTIME, "cannot wait for events: %s", virGetLastErrorMessage());
            reap(watch); /* no tick does it any more */
        }
    if (timer >= 0)
        virEventRemoveTimeout(timer);
    unsubscribe(watch);
    metrics_connected(watch->setting.metrics, false);
    int written = metrics_write(watch->setting.metrics);
    if (watch->code == EXIT_OK && watch->not_restored)
        return EXIT_NOT_RESTORED;
    return watch->code == EXIT_OK ? written : watch->code;
}
