/* SPDX-License-Identifier: MIT */
/* libvirt's job statistics, made by hand, in QEMU's words and from there as counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "counter.h"
#include "job_stats.h"
#include "query_migrate.h"

static virTypedParameter number(const char *field, unsigned long long value)
{
    virTypedParameter param = {.type = VIR_TYPED_PARAM_ULLONG, .value.ul = value};

    strcpy(param.field, field);
    return param;
}

static virTypedParameter whole(const char *field, int type, int value)
{
    virTypedParameter param = {.type = type, .value.i = value};

    strcpy(param.field, field);
    return param;
}

#define COUNT(params) ((int)(sizeof(params) / sizeof((params)[0])))

/* As libvirt 9.0 told of a 512 MiB guest in its first pass. */
static void test_running(void **state)
{
    const virTypedParameter params[] = {
        whole(VIR_DOMAIN_JOB_OPERATION, VIR_TYPED_PARAM_INT,
              VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT),
        number(VIR_DOMAIN_JOB_TIME_ELAPSED, 5033),
        number(VIR_DOMAIN_JOB_DOWNTIME, 471),
        number(VIR_DOMAIN_JOB_MEMORY_TOTAL, 537403392),
        number(VIR_DOMAIN_JOB_MEMORY_PROCESSED, 118408000),
        number(VIR_DOMAIN_JOB_MEMORY_REMAINING, 406523904),
        number(VIR_DOMAIN_JOB_MEMORY_BPS, 115549000),
        number(VIR_DOMAIN_JOB_MEMORY_CONSTANT, 3107),
        number(VIR_DOMAIN_JOB_MEMORY_NORMAL, 28845),
        number(VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, 25000),
        number(VIR_DOMAIN_JOB_MEMORY_ITERATION, 4),
        number(VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, 4096),
        number(VIR_DOMAIN_JOB_DISK_TOTAL, 0),
        whole(VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE, VIR_TYPED_PARAM_INT, 30),
    };
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    json_t *reply = job_stats_to_query_migrate(params, COUNT(params), "active");

    (void)state;
    assert_true(job_stats_is_migration_out(params, COUNT(params)));
    assert_int_equal(query_migrate_to_stats(reply, 12.5, &stats), MIGRATE_ACTIVE);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_TIME), 12.5, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_ELAPSED), 5.033, 1e-12);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_MEMORY_TOTAL), 537403392, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_REMAINING), 406523904, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_TRANSFERRED), 118408000, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_BANDWIDTH), 115549000, 1e-3);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_ZERO_PAGES), 3107, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_NORMAL_PAGES), 28845, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_DIRTY_RATE), 25000, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_SYNC_COUNT), 4, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_PAGE_SIZE), 4096, 0);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_EXPECTED_DOWNTIME), 0.471, 1e-12);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_THROTTLE), 30, 0);
    assert_null(json_object_get(reply, "disk"));
    assert_null(json_object_get(reply, "downtime"));
    json_decref(reply);
}

static void test_completed(void **state)
{
    const virTypedParameter params[] = {number(VIR_DOMAIN_JOB_TIME_ELAPSED, 9088),
                                        number(VIR_DOMAIN_JOB_DOWNTIME, 920)};
    json_t *reply = job_stats_to_query_migrate(params, COUNT(params), "completed");

    (void)state;
    assert_float_equal(query_migrate_downtime(reply), 0.92, 1e-12);
    assert_float_equal(query_migrate_total_time(reply), 9.088, 1e-12);
    assert_null(json_object_get(reply, "expected-downtime"));
    json_decref(reply);
}

/* Before the first pass libvirt tells times only: what is unknown stays unknown, and is not 0. */
static void test_early(void **state)
{
    const virTypedParameter params[] = {number(VIR_DOMAIN_JOB_TIME_ELAPSED, 20),
                                        number(VIR_DOMAIN_JOB_MEMORY_TOTAL, 0),
                                        number(VIR_DOMAIN_JOB_MEMORY_REMAINING, 0)};
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    json_t *reply = job_stats_to_query_migrate(params, COUNT(params), "active");

    (void)state;
    query_migrate_to_stats(reply, 1, &stats);
    assert_true(isnan(counter(&stats, PRECOPYML_STAT_REMAINING)));
    assert_true(isnan(counter(&stats, PRECOPYML_STAT_BANDWIDTH)));
    json_decref(reply);
}

/* Other types than today's, nonsense, and another job. */
static void test_odd(void **state)
{
    virTypedParameter text = {.type = VIR_TYPED_PARAM_STRING, .value.s = (char *)(size_t) "many"};
    virTypedParameter negative = {.type = VIR_TYPED_PARAM_LLONG, .value.l = -5};
    virTypedParameter real = {.type = VIR_TYPED_PARAM_DOUBLE, .value.d = 7e6};
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    (void)state;
    strcpy(text.field, VIR_DOMAIN_JOB_MEMORY_REMAINING);
    strcpy(negative.field, VIR_DOMAIN_JOB_MEMORY_PROCESSED);
    strcpy(real.field, VIR_DOMAIN_JOB_MEMORY_TOTAL);
    const virTypedParameter params[] = {
        text, negative, real,
        whole(VIR_DOMAIN_JOB_OPERATION, VIR_TYPED_PARAM_INT, VIR_DOMAIN_JOB_OPERATION_SAVE)};
    json_t *reply = job_stats_to_query_migrate(params, COUNT(params), "active");

    query_migrate_to_stats(reply, 1, &stats);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_MEMORY_TOTAL), 7e6, 0);
    assert_true(isnan(counter(&stats, PRECOPYML_STAT_REMAINING)));
    assert_true(isnan(counter(&stats, PRECOPYML_STAT_TRANSFERRED)));
    assert_false(job_stats_is_migration_out(params, COUNT(params)));
    assert_false(job_stats_is_migration_out(NULL, 0));
    json_decref(reply);
}

/* Block migration is pending state beside the memory. */
static void test_disk(void **state)
{
    const virTypedParameter params[] = {number(VIR_DOMAIN_JOB_DISK_TOTAL, 1000),
                                        number(VIR_DOMAIN_JOB_DISK_REMAINING, 400)};
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    json_t *reply = job_stats_to_query_migrate(params, COUNT(params), "active");

    (void)state;
    query_migrate_to_stats(reply, 1, &stats);
    assert_float_equal(counter(&stats, PRECOPYML_STAT_OTHER_PENDING), 400, 0);
    json_decref(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_running), cmocka_unit_test(test_completed),
        cmocka_unit_test(test_early),   cmocka_unit_test(test_odd),
        cmocka_unit_test(test_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
