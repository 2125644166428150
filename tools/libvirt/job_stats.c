/* SPDX-License-Identifier: MIT */
#include "job_stats.h"

#include <math.h>
#include <string.h>

/* NaN when it is not there, or no number. */
static double get(const virTypedParameter *params, int count, const char *field)
{
    for (int i = 0; i < count; i++) {
        const virTypedParameter *param = &params[i];

        if (strcmp(param->field, field) != 0)
            continue;
        switch (param->type) {
        case VIR_TYPED_PARAM_INT: return param->value.i;
        case VIR_TYPED_PARAM_UINT: return param->value.ui;
        case VIR_TYPED_PARAM_LLONG: return (double)param->value.l;
        case VIR_TYPED_PARAM_ULLONG: return (double)param->value.ul;
        case VIR_TYPED_PARAM_DOUBLE: return param->value.d;
        default: return NAN;
        }
    }
    return NAN;
}

bool job_stats_is_migration_out(const virTypedParameter *params, int count)
{
    return get(params, count, VIR_DOMAIN_JOB_OPERATION) == VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT;
}

struct field {
    const char *libvirt, *qemu;
};

static void copy(json_t *object, const virTypedParameter *params, int count,
                 const struct field *fields, size_t field_count)
{
    for (size_t i = 0; i < field_count; i++) {
        double value = get(params, count, fields[i].libvirt);

        if (value >= 0 && value < 0x1p63)
            json_object_set_new(object, fields[i].qemu, json_integer((json_int_t)value));
    }
}
#define COPY(object, fields) copy(object, params, count, fields, sizeof(fields) / sizeof(fields[0]))

static json_t *ram_of(const virTypedParameter *params, int count)
{
    static const struct field fields[] = {
        {VIR_DOMAIN_JOB_MEMORY_TOTAL, "total"},
        {VIR_DOMAIN_JOB_MEMORY_REMAINING, "remaining"},
        {VIR_DOMAIN_JOB_MEMORY_PROCESSED, "transferred"},
        {VIR_DOMAIN_JOB_MEMORY_CONSTANT, "duplicate"},
        {VIR_DOMAIN_JOB_MEMORY_NORMAL, "normal"},
        {VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES, "normal-bytes"},
        {VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, "dirty-pages-rate"},
        {VIR_DOMAIN_JOB_MEMORY_ITERATION, "dirty-sync-count"},
        {VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, "page-size"},
        {VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, "postcopy-requests"},
    };
    double rate = get(params, count, VIR_DOMAIN_JOB_MEMORY_BPS);
    json_t *ram = json_object();

    COPY(ram, fields);
    if (rate > 0) /* bytes/s here, megabits/s there; 0 is "not yet measured" in both */
        json_object_set_new(ram, "mbps", json_real(rate * 8 / 1e6));
    return ram;
}

/* Block migration: absent unless there is some, as QEMU has it. */
static json_t *disk_of(const virTypedParameter *params, int count)
{
    static const struct field fields[] = {
        {VIR_DOMAIN_JOB_DISK_TOTAL, "total"},
        {VIR_DOMAIN_JOB_DISK_REMAINING, "remaining"},
        {VIR_DOMAIN_JOB_DISK_PROCESSED, "transferred"},
    };
    json_t *disk;

    if (!(get(params, count, VIR_DOMAIN_JOB_DISK_TOTAL) > 0))
        return NULL;
    disk = json_object();
    COPY(disk, fields);
    return disk;
}

json_t *job_stats_to_query_migrate(const virTypedParameter *params, int count, const char *status)
{
    static const struct field always[] = {
        {VIR_DOMAIN_JOB_TIME_ELAPSED, "total-time"},
        {VIR_DOMAIN_JOB_SETUP_TIME, "setup-time"},
        {VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE, "cpu-throttle-percentage"},
    };
    /* One name in libvirt: a forecast while it runs, the true one afterwards. */
    static const struct field running = {VIR_DOMAIN_JOB_DOWNTIME, "expected-downtime"};
    static const struct field over = {VIR_DOMAIN_JOB_DOWNTIME, "downtime"};
    json_t *reply = json_object();
    bool has_ended = strcmp(status, "completed") == 0;

    json_object_set_new(reply, "status", json_string(status));
    COPY(reply, always);
    copy(reply, params, count, has_ended ? &over : &running, 1);
    /* Before its first pass libvirt has no figures of memory yet. */
    if (get(params, count, VIR_DOMAIN_JOB_MEMORY_TOTAL) > 0)
        json_object_set_new(reply, "ram", ram_of(params, count));
    json_t *disk = disk_of(params, count);
    if (disk != NULL)
        json_object_set_new(reply, "disk", disk);
    return reply;
}
