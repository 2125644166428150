/* SPDX-License-Identifier: MIT */
/* Sizes and rates as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "quantity.h"

static void sizes(void **state)
{
    static const struct {
        const char *text;
        double bytes;
    } good[] = {{"4G", 4294967296.0},    {"512m", 536870912.0}, {"1.5K", 1536.0},
                {"1T", 1099511627776.0}, {"4096", 4096.0},      {"1e6", 1e6}};
    static const char *const bad[] = {"", "G", "4X", "-1M", "4GB", "nan", "4 G", "0x10"};
    double bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(quantity_bytes(good[i].text, &bytes));
        assert_true(bytes == good[i].bytes);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(quantity_bytes(bad[i], &bytes));
}

static void rates(void **state)
{
    static const struct {
        const char *text;
        double rate;
    } good[] = {{"1Gbit", 125e6},     {"600mbit", 75e6},   {"8000bit", 1000.0},
                {"2.5Gbit", 312.5e6}, {"75M", 78643200.0}, {"1e8", 1e8}};
    static const char *const bad[] = {"", "bit", "Gbit", "xbit", "-1Gbit", "1Xbit", "fast"};
    double rate;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(quantity_rate(good[i].text, &rate));
        assert_true(rate == good[i].rate);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(quantity_rate(bad[i], &rate));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(rates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
