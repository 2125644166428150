/* SPDX-License-Identifier: MIT */
/* What memory costs on the wire: by time and not by pages, and guests that begin to clear theirs.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content.h"

#define PAGE    4096.0
#define LINK    25600.0  /* pages/s */
#define SCANNER 500000.0 /* zero pages/s */

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-9))
        fail_msg("%g is not %g", value, expected);
}

/* Sends for so long, polled every `period`: `data` of the pages that cost time are not zero. */
static void send(struct content *content, struct boundary *now, double seconds, double data,
                 double period)
{
    unsigned polls = (unsigned)(seconds / period + 0.5);

    for (unsigned i = 0; i < polls; i++) {
        double normal = (data > 0 ? LINK : 0.0) * period;
        double zero = data > 0 ? normal * (1 - data) / data : SCANNER * period;

        now->time += period;
        now->normal_pages += normal;
        now->zero_pages += zero;
        now->transferred += normal * PAGE;
        content_add(content, now, PAGE);
    }
}

static void a_scan_counts_by_its_time(void **state)
{
    static const double periods[] = {0.01, 0.05, 0.1};

    (void)state;
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        struct boundary now = {.time = 7, .normal_pages = 3, .transferred = 5};
        struct content content;
        double share;

        content_begin(&content, &now);
        send(&content, &now, 0.2, 0, periods[i]); /* 100,000 pages, */
        send(&content, &now, 0.6, 1, periods[i]); /* and 15,360 */
        /* The further back, the less they count. */
        share = content_wire_share(&content, LINK * PAGE);
        assert_true(share > 0.75 && share < 0.95);
        for (int more = 0; more < 20; more++)
            send(&content, &now, 0.1, 1, periods[i]);
        assert_true(content_wire_share(&content, LINK * PAGE) > 0.99);
    }
}

/* One poll shows an instant of zeros and all that the link gave beside it: it took no time. */
static void zeros_between_two_polls_take_what_the_data_leave(void **state)
{
    struct boundary now = {.time = 0};
    struct content content;

    (void)state;
    content_begin(&content, &now);
    send(&content, &now, 0.2, 0.6, 0.1);
    now.time += 0.1;
    now.transferred += 0.1 * LINK * PAGE;
    now.normal_pages += 0.1 * LINK;
    now.zero_pages += LINK;
    content_add(&content, &now, PAGE);
    assert_near(content_wire_share(&content, LINK * PAGE), 0.6);
    /* Over a link that could have given twice as much half of it went to the zeros. */
    assert_true(content_wire_share(&content, 2 * LINK * PAGE) < 0.6);
    assert_true(content_wire_share(&content, 2 * LINK * PAGE) > 0.3);
    assert_near(content_wire_share(&content, NAN), 0.6);
}

static void zeros_after_nothing_but_data_will_be_all(void **state)
{
    struct boundary now = {.time = 0};
    struct content content;

    (void)state;
    content_begin(&content, &now);
    send(&content, &now, 1, 1, 0.1);
    send(&content, &now, 0.1, 0, 0.1);
    assert_near(content_wire_share(&content, LINK * PAGE), 0);
    /* Data again: it was an episode. */
    send(&content, &now, 0.9, 1, 0.1);
    assert_true(content_wire_share(&content, LINK * PAGE) > 0.95);
}

static void zeros_among_the_data_come_and_go(void **state)
{
    struct boundary now = {.time = 0};
    struct content content;

    (void)state;
    content_begin(&content, &now);
    send(&content, &now, 5, 0.6, 0.1);
    send(&content, &now, 0.1, 0, 0.1);
    /* Of the last half second, fading: the share that a tenth of a second has at its end. */
    assert_true(fabs(content_wire_share(&content, LINK * PAGE) - 0.6 * exp(-0.1 / 0.5)) < 0.02);
}

static void what_was_not_sent_says_nothing(void **state)
{
    struct boundary now = {.time = 0, .zero_pages = NAN};
    struct content content;

    (void)state;
    content_begin(&content, &now);
    send(&content, &now, 1, 1, 0.1);
    assert_true(isnan(content_wire_share(&content, 1e8)));
    now = (struct boundary){.time = 1};
    content_begin(&content, &now);
    assert_true(isnan(content_wire_share(&content, 1e8)));
    now.time = 2; /* no pages: their time will be that of the next */
    content_add(&content, &now, PAGE);
    assert_true(isnan(content_wire_share(&content, 1e8)));
    send(&content, &now, 0.1, 1, 0.1);
    assert_near(content_wire_share(&content, NAN), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scan_counts_by_its_time),
        cmocka_unit_test(zeros_between_two_polls_take_what_the_data_leave),
        cmocka_unit_test(zeros_after_nothing_but_data_will_be_all),
        cmocka_unit_test(zeros_among_the_data_come_and_go),
        cmocka_unit_test(what_was_not_sent_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
