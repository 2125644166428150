/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_world.h"

struct fake_world world;

MachineState *current_machine = &world.machine;

void qemu_add_machine_init_done_notifier(Notifier *notifier)
{
    world.machine_done = world.kept[world.kept_count++ % 64] = notifier;
}

void precopy_add_notifier(NotifierWithReturn *notifier)
{
    world.sync = notifier;
}

MigrationState *migrate_get_current(void)
{
    return &world.migration;
}

MigrationInfo *qmp_query_migrate(Error **errp)
{
    MigrationInfo *info = calloc(1, sizeof *info);

    assert_null(errp);
    info->status = world.migration.state;
    info->ram = world.has_counters ? &world.ram : NULL;
    info->total_time = world.now_ms;
    return info;
}

void qapi_free_MigrationInfo(MigrationInfo *info)
{
    free(info);
}

const char *MigrationStatus_str(MigrationStatus status)
{
    static const char *const names[] = {"setup", "active", "completed", "failed", "cancelled"};

    return names[status];
}

bool runstate_check(RunState state)
{
    return world.run == state;
}

bool runstate_is_running(void)
{
    return runstate_check(RUN_STATE_RUNNING);
}

void warn_report(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(world.warning, sizeof world.warning, format, arguments);
    va_end(arguments);
    world.warnings++;
}

int64_t qemu_clock_get_ms(QEMUClockType type)
{
    (void)type;
    return world.now_ms;
}

int64_t qemu_clock_get_ns(QEMUClockType type)
{
    return qemu_clock_get_ms(type) * 1000000;
}

int64_t fake_real_time(void)
{
    return 1700000000000000 + world.now_ms * 1000;
}

QEMUTimer *timer_new_ms(QEMUClockType type, void (*callback)(void *opaque), void *opaque)
{
    (void)type;
    assert_null(world.timer);
    world.timer = calloc(1, sizeof *world.timer);
    *world.timer = (QEMUTimer){callback, opaque};
    return world.timer;
}

void timer_mod(QEMUTimer *timer, int64_t expire_ms)
{
    assert_ptr_equal(timer, world.timer);
    assert_true(expire_ms > world.now_ms);
}

void timer_free(QEMUTimer *timer)
{
    assert_ptr_equal(timer, world.timer);
    free(timer);
    world.timer = NULL;
}

char *g_ascii_formatd(char *buffer, int size, const char *format, double value)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(buffer, (size_t)size, format, value);
#pragma GCC diagnostic pop
    return buffer;
}

char **g_strsplit(const char *text, const char *delimiter, int most)
{
    char **words = calloc(32, sizeof *words), *copy = strdup(text), *rest = copy, *word;

    assert_int_equal(most, -1);
    for (size_t i = 0; (word = strsep(&rest, delimiter)) != NULL; i++)
        words[i] = strdup(word);
    free(copy);
    return words;
}

void g_strfreev(char **words)
{
    for (char **word = words; *word != NULL; word++)
        free(*word);
    free(words);
}
