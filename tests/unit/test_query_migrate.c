/* SPDX-License-Identifier: MIT */
/* QEMU's replies as counters, with their differences and oddities. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "query_migrate.h"

static json_t *parse(const char *text)
{
    json_t *reply = json_loads(text, 0, NULL);

    assert_non_null(reply);
    return reply;
}

static int convert(const char *text, struct precopyml_stats *stats)
{
    json_t *reply = parse(text);
    int status = query_migrate_to_stats(reply, 7.5, stats);

    json_decref(reply);
    return status;
}

static double value(const struct precopyml_stats *stats, enum precopyml_stat id)
{
    return stats->known >> id & 1 ? stats->value[id] : (double)NAN;
}

/* cmocka's own takes floats. */
#define assert_near(value, expected)                                                               \
    assert_true(fabs((value) - (expected)) <= 1e-12 * fmax(1, fabs((double)(expected))))
#define assert_value(stats, id, expected) assert_near(value(stats, PRECOPYML_STAT_##id), expected)
#define assert_unknown(stats, id)         assert_true(isnan(value(stats, PRECOPYML_STAT_##id)))

static void an_active_reply_gives_every_counter(void **state)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    int status =
        convert("{\"expected-downtime\":471,\"status\":\"active\",\"setup-time\":1,"
                "\"total-time\":17476,\"ram\":{\"total\":8607571968,\"postcopy-requests\":0,"
                "\"dirty-sync-count\":4,\"multifd-bytes\":0,\"pages-per-second\":32960,"
                "\"downtime-bytes\":0,\"page-size\":4096,\"remaining\":36663296,"
                "\"mbps\":1082.144,\"transferred\":2367095589,\"duplicate\":1616425,"
                "\"dirty-pages-rate\":10031,\"normal-bytes\":2347958272,\"normal\":573232}}",
                &stats);

    (void)state;
    assert_int_equal(status, MIGRATE_ACTIVE);
    assert_value(&stats, TIME, 7.5);
    assert_value(&stats, ACTIVE, 1);
    assert_value(&stats, SYNC_COUNT, 4);
    assert_value(&stats, ELAPSED, 17.476);
    assert_value(&stats, MEMORY_TOTAL, 8607571968.0);
    assert_value(&stats, REMAINING, 36663296);
    assert_value(&stats, TRANSFERRED, 2367095589.0);
    assert_value(&stats, PAGE_SIZE, 4096);
    assert_value(&stats, ZERO_PAGES, 1616425);
    assert_value(&stats, NORMAL_PAGES, 573232);
    assert_value(&stats, DIRTY_RATE, 10031);
    assert_value(&stats, PAGES_PER_SECOND, 32960);
    assert_value(&stats, BANDWIDTH, 135268000);
    assert_value(&stats, EXPECTED_DOWNTIME, 0.471);
    assert_value(&stats, THROTTLE, 0); /* QEMU leaves the field out while it does not throttle */
    assert_unknown(&stats, OTHER_PENDING);
    assert_unknown(&stats, DOWNTIME_LIMIT);
}

static void an_empty_reply_gives_nothing(void **state)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    (void)state;
    assert_int_equal(convert("{}", &stats), MIGRATE_NONE);
    assert_int_equal(stats.known, 1 << PRECOPYML_STAT_TIME);
    assert_int_equal(convert("[]", &stats), MIGRATE_NONE);
    assert_int_equal(stats.known, 1 << PRECOPYML_STAT_TIME);
}

static void wrong_types_are_unknown(void **state)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    (void)state;
    assert_int_equal(convert("{\"status\":7,\"ram\":[]}", &stats), MIGRATE_NONE);
    assert_int_equal(stats.known, 1 << PRECOPYML_STAT_TIME);
    assert_int_equal(convert("{\"status\":\"active\",\"total-time\":\"5\",\"disk\":5,"
                             "\"cpu-throttle-percentage\":\"20\",\"expected-downtime\":true,"
                             "\"ram\":{\"total\":null,\"remaining\":-1,\"mbps\":{},"
                             "\"dirty-sync-count\":\"2\",\"transferred\":[1]}}",
                             &stats),
                     MIGRATE_ACTIVE);
    assert_int_equal(stats.known, 1 << PRECOPYML_STAT_TIME | 1 << PRECOPYML_STAT_ACTIVE);
}

static double expected_downtime(double limit, int syncs, int shown)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    char text[160];

    if (limit > 0)
        precopyml_stats_set(&stats, PRECOPYML_STAT_DOWNTIME_LIMIT, limit);
    snprintf(text, sizeof(text),
             "{\"status\":\"active\",\"expected-downtime\":%d,\"ram\":{\"dirty-sync-count\":%d}}",
             shown, syncs);
    convert(text, &stats);
    return value(&stats, PRECOPYML_STAT_EXPECTED_DOWNTIME);
}

static void the_initial_expected_downtime_is_no_forecast(void **state)
{
    (void)state;
    assert_true(isnan(expected_downtime(0, 1, 300)));
    assert_true(isnan(expected_downtime(0, 2, 300)));
    assert_near(expected_downtime(0, 3, 300), 0.3);
    assert_near(expected_downtime(0, 1, 299), 0.299);
    assert_true(isnan(expected_downtime(0.05, 1, 50)));
    assert_near(expected_downtime(0.05, 1, 300), 0.3);
}

static void statuses_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"none", MIGRATE_NONE},
        {"setup", MIGRATE_SETUP},
        {"wait-unplug", MIGRATE_SETUP},
        {"active", MIGRATE_ACTIVE},
        {"pre-switchover", MIGRATE_SWITCHOVER},
        {"device", MIGRATE_SWITCHOVER},
        {"postcopy-active", MIGRATE_POSTCOPY},
        {"postcopy-recover-setup", MIGRATE_POSTCOPY},
        {"cancelling", MIGRATE_CANCELLING},
        {"cancelled", MIGRATE_CANCELLED},
        {"completed", MIGRATE_COMPLETED},
        {"failed", MIGRATE_FAILED},
        {"colo", MIGRATE_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct precopyml_stats stats = PRECOPYML_STATS_INIT;
        json_t *reply = json_pack("{s:s, s:{s:i}}", "status", cases[i].text, "ram", "remaining", 0);

        assert_int_equal(query_migrate_to_stats(reply, 1, &stats), cases[i].status);
        if (cases[i].status == MIGRATE_NONE)
            assert_unknown(&stats, ACTIVE);
        else
            assert_value(&stats, ACTIVE, cases[i].status == MIGRATE_ACTIVE);
        json_decref(reply);
    }
}

static void fields_of_some_versions_only(void **state)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;

    (void)state;
    convert("{\"status\":\"active\",\"cpu-throttle-percentage\":40,\"ram\":{\"remaining\":5},"
            "\"disk\":{\"remaining\":1000}}",
            &stats);
    assert_value(&stats, THROTTLE, 40);
    assert_value(&stats, OTHER_PENDING, 1000);
    convert("{\"status\":\"active\",\"remaining\":25,\"ram\":{\"remaining\":5}}", &stats);
    assert_value(&stats, OTHER_PENDING, 20);
    assert_value(&stats, THROTTLE, 0);
}

static void parameters_add_to_what_is_known(void **state)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    json_t *reply = parse("{\"downtime-limit\":50,\"max-bandwidth\":0,"
                          "\"avail-switchover-bandwidth\":125000000,\"cpu-throttle-initial\":20}");

    (void)state;
    query_migrate_parameters_to_stats(reply, &stats);
    json_decref(reply);
    assert_value(&stats, DOWNTIME_LIMIT, 0.05);
    assert_value(&stats, RATE_CAP, 0);
    assert_value(&stats, SWITCHOVER_BANDWIDTH, 125000000);
    reply = parse("{\"max-bandwidth\":7}"); /* the rest stays */
    query_migrate_parameters_to_stats(reply, &stats);
    json_decref(reply);
    assert_value(&stats, DOWNTIME_LIMIT, 0.05);
    assert_value(&stats, RATE_CAP, 7);
}

static void only_completed_replies_tell_the_downtime(void **state)
{
    json_t *reply = parse("{\"status\":\"completed\",\"downtime\":13,\"total-time\":17717}");

    (void)state;
    assert_near(query_migrate_downtime(reply), 0.013);
    assert_near(query_migrate_total_time(reply), 17.717);
    json_object_set_new(reply, "status", json_string("active"));
    assert_true(isnan(query_migrate_downtime(reply)));
    json_decref(reply);
    reply = parse("{\"status\":\"completed\"}");
    assert_true(isnan(query_migrate_downtime(reply)));
    assert_true(isnan(query_migrate_total_time(reply)));
    json_decref(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_active_reply_gives_every_counter),
        cmocka_unit_test(an_empty_reply_gives_nothing),
        cmocka_unit_test(wrong_types_are_unknown),
        cmocka_unit_test(the_initial_expected_downtime_is_no_forecast),
        cmocka_unit_test(statuses_are_told_apart),
        cmocka_unit_test(fields_of_some_versions_only),
        cmocka_unit_test(parameters_add_to_what_is_known),
        cmocka_unit_test(only_completed_replies_tell_the_downtime),
    };

    return cmocka_run_group_tests_name("query_migrate", tests, NULL, NULL);
}
