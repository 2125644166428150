/* SPDX-License-Identifier: MIT */
/*
 * As much of QEMU as the adapter touches, written for the test of the adapter: names as QEMU's,
 * nothing behind them but the test's own bookkeeping (fake_world.h). That they are used as QEMU
 * means them only a real build shows: scripts/test --qemu.
 */
#ifndef FAKE_QEMU_H
#define FAKE_QEMU_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QEMU_VERSION_MAJOR 7

typedef struct Error Error;

/* ---- Notifiers --------------------------------------------------------------------------------
 */
typedef struct Notifier {
    void (*notify)(struct Notifier *notifier, void *data);
} Notifier;

typedef struct NotifierWithReturn {
    int (*notify)(struct NotifierWithReturn *notifier, void *data);
} NotifierWithReturn;

typedef struct {
    enum {
        PRECOPY_NOTIFY_SETUP,
        PRECOPY_NOTIFY_BEFORE_BITMAP_SYNC,
        PRECOPY_NOTIFY_AFTER_BITMAP_SYNC,
        PRECOPY_NOTIFY_COMPLETE,
        PRECOPY_NOTIFY_CLEANUP
    } reason;
    Error **errp;
} PrecopyNotifyData;

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

void precopy_add_notifier(NotifierWithReturn *notifier);
void qemu_add_machine_init_done_notifier(Notifier *notifier);

/* QEMU runs it before main(). */
#define migration_init(function)                                                                   \
    void fake_register(void);                                                                      \
    void fake_register(void)                                                                       \
    {                                                                                              \
        function();                                                                                \
    }

/* ---- The migration ----------------------------------------------------------------------------
 */
typedef enum {
    MIGRATION_STATUS_SETUP,
    MIGRATION_STATUS_ACTIVE,
    MIGRATION_STATUS_COMPLETED,
    MIGRATION_STATUS_FAILED,
    MIGRATION_STATUS_CANCELLED
} MigrationStatus;

typedef struct {
    int64_t transferred, remaining, total, duplicate, normal, dirty_pages_rate, dirty_sync_count;
    uint64_t page_size, pages_per_second;
    double mbps;
} MigrationStats;

typedef struct {
    MigrationStatus status;
    MigrationStats *ram;
    int64_t total_time, expected_downtime;
    bool has_cpu_throttle_percentage;
    int64_t cpu_throttle_percentage;
} MigrationInfo;

typedef struct {
    uint64_t downtime_limit, max_bandwidth;
} MigrationParameters;

typedef struct {
    int state;
    int64_t threshold_size;
    MigrationParameters parameters;
    bool start_postcopy;
} MigrationState;

MigrationState *migrate_get_current(void);
MigrationInfo *qmp_query_migrate(Error **errp);
void qapi_free_MigrationInfo(MigrationInfo *info);
const char *MigrationStatus_str(MigrationStatus status);

#define qatomic_read(pointer) (*(pointer))

/* ---- The machine ------------------------------------------------------------------------------
 */
typedef enum { RUN_STATE_RUNNING, RUN_STATE_PAUSED, RUN_STATE_FINISH_MIGRATE } RunState;

typedef struct {
    struct {
        unsigned cpus;
    } smp;
} MachineState;

extern MachineState *current_machine;

bool runstate_is_running(void);
bool runstate_check(RunState state);
void warn_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- Clocks and timers ------------------------------------------------------------------------
 */
typedef enum { QEMU_CLOCK_REALTIME } QEMUClockType;

typedef struct QEMUTimer QEMUTimer;

int64_t qemu_clock_get_ns(QEMUClockType type);
int64_t qemu_clock_get_ms(QEMUClockType type);
QEMUTimer *timer_new_ms(QEMUClockType type, void (*callback)(void *opaque), void *opaque);
void timer_mod(QEMUTimer *timer, int64_t expire_ms);
void timer_free(QEMUTimer *timer);

/* ---- GLib -------------------------------------------------------------------------------------
 */
#define g_new0(type, count) ((type *)calloc(count, sizeof(type)))
#define g_strdup            strdup
#define g_ascii_strtod      strtod
#define g_get_real_time     fake_real_time

int64_t fake_real_time(void); /* microseconds */
char *g_ascii_formatd(char *buffer, int size, const char *format, double value);
char **g_strsplit(const char *text, const char *delimiter, int most);
void g_strfreev(char **words);

#endif
