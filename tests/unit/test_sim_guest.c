/* SPDX-License-Identifier: MIT */
/* What a simulated guest dirties and a simulated link carries, against closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "guest.h"
#include "link.h"
#include "random.h"
#include "throttle.h"
#include "zipf.h"

static void assert_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%.15g is not within %g of %.15g", got, tolerance, wanted);
}

static gsl_rng *stream(void)
{
    gsl_rng *rng = random_stream(1, 1);

    assert_non_null(rng);
    return rng;
}

/* One class in a guest of 1 GiB, everything sent already. */
static void one_class(struct guest *guest, struct guest_model *model, gsl_rng *rng)
{
    model->pages = model->used = 262144;
    model->count = 1;
    guest_init(guest, model, rng);
    for (size_t i = 0; i < guest->count; i++)
        guest->zone[i].pending = 0;
    guest->pending = 0;
}

static void active_time_adds_up(void **state)
{
    struct activity always = ACTIVITY_ALWAYS;
    struct activity once = {.start = 2, .end = 5};
    struct activity pulses = {.start = 1, .end = 25, .period = 10, .on = 3};

    (void)state;
    assert_near(activity_until(&always, 7.5), 7.5, 0);
    assert_near(activity_until(&once, 1), 0, 0);
    assert_near(activity_until(&once, 3), 1, 0);
    assert_near(activity_until(&once, 100), 3, 0);
    assert_near(activity_until(&pulses, 2), 1, 0);
    assert_near(activity_until(&pulses, 10), 3, 0);
    assert_near(activity_until(&pulses, 12), 4, 1e-12);
    assert_near(activity_until(&pulses, 1000), 9, 1e-12);
}

static void expected_pages_are_the_formula(void **state)
{
    static const double seconds[] = {0.01, 0.5, 2, 10, 100};
    struct guest_model model = {
        .expected = true, .class = {{.pages = 51200, .rate = 20000, .activity = ACTIVITY_ALWAYS}}};
    gsl_rng *rng = stream();

    (void)state;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        struct guest guest;
        double wanted = 51200 * (1 - exp(-20000 * seconds[i] / 51200));

        one_class(&guest, &model, rng);
        assert_near(guest_dirty(&guest, seconds[i], 1).newly, wanted, 0.5);
        assert_near(guest.pending, wanted, 0.5);
        one_class(&guest, &model, rng);
        assert_near(guest_dirty(&guest, 2 * seconds[i], 0.5).newly, wanted, 0.5); /* throttled */
    }
    gsl_rng_free(rng);
}

static void random_pages_scatter_about_the_formula(void **state)
{
    struct guest_model model = {
        .class = {{.pages = 20000, .rate = 10000, .activity = ACTIVITY_ALWAYS}}};
    double share = 1 - exp(-1), mean = 0.0, square = 0.0;
    gsl_rng *rng = stream();
    enum { DRAWS = 1000 };

    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        struct guest guest;
        double newly;

        one_class(&guest, &model, rng);
        newly = guest_dirty(&guest, 2, 1).newly;
        mean += newly / DRAWS;
        square += newly * newly / DRAWS;
    }
    /* four standard errors of the mean; the variance within a quarter */
    assert_near(mean, 20000 * share, 4 * sqrt(20000 * share * (1 - share) / DRAWS));
    assert_near((square - mean * mean) / (20000 * share * (1 - share)), 1, 0.25);
    gsl_rng_free(rng);
}

static void a_sweep_dirties_each_page_once(void **state)
{
    struct guest_model model = {
        .class = {{.pages = 1000, .rate = 400, .sweep = true, .activity = ACTIVITY_ALWAYS}}};
    gsl_rng *rng = stream();
    struct guest guest;

    (void)state;
    one_class(&guest, &model, rng);
    assert_near(guest_dirty(&guest, 1, 1).newly, 400, 0);
    one_class(&guest, &model, rng);
    assert_near(guest_dirty(&guest, 2.5, 1).newly, 1000, 0);
    assert_near(guest_dirty(&guest, 10, 1).newly, 0, 0); /* all are pending already */
    gsl_rng_free(rng);
}

static void pending_pages_are_not_newly_dirty(void **state)
{
    struct guest_model model = {
        .expected = true, .class = {{.pages = 10000, .rate = 10000, .activity = ACTIVITY_ALWAYS}}};
    double share = 1 - exp(-1);
    gsl_rng *rng = stream();
    struct guest guest;

    (void)state;
    one_class(&guest, &model, rng);
    guest.zone[0].pending = guest.pending = 4000;
    assert_near(guest_dirty(&guest, 1, 1).newly, 6000 * share, 0.5);
    assert_near(guest.pending, 4000 + 6000 * share, 0.5);
    gsl_rng_free(rng);
}

static void fake_pages_come_on_top(void **state)
{
    struct guest_model model = {
        .expected = true,
        .fake_share = 0.25,
        .class = {{.pages = 3000, .rate = 1e9, .activity = ACTIVITY_ALWAYS}}};
    gsl_rng *rng = stream();
    struct guest_sync sync;
    struct guest guest;

    (void)state;
    one_class(&guest, &model, rng);
    sync = guest_dirty(&guest, 1, 1);
    assert_near(sync.newly, 4000, 0);
    assert_near(sync.fake, 1000, 0);
    gsl_rng_free(rng);
}

static void zipf_bins_dirty_what_their_pages_would(void **state)
{
    static const double exponents[] = {0, 0.5, 1, 1.5};
    static const double writes[] = {100, 5000, 200000};
    enum { PAGES = 20000 };

    (void)state;
    for (size_t e = 0; e < 4; e++) {
        struct zipf_bin bins[64];
        size_t count = zipf_bins(PAGES, exponents[e], bins, 64);
        double norm = 0.0, pages = 0.0, shares = 0.0;

        for (int i = 1; i <= PAGES; i++)
            norm += pow(i, -exponents[e]);
        for (size_t i = 0; i < count; i++) {
            pages += bins[i].pages;
            shares += bins[i].share;
        }
        assert_near(pages, PAGES, 0);
        assert_near(shares, 1, 1e-12);
        for (size_t w = 0; w < 3; w++) {
            double exact = 0.0, binned = 0.0;

            for (int i = 1; i <= PAGES; i++)
                exact += 1 - exp(-writes[w] * pow(i, -exponents[e]) / norm);
            for (size_t i = 0; i < count; i++)
                binned += bins[i].pages * -expm1(-writes[w] * bins[i].share / bins[i].pages);
            assert_near(binned / exact, 1, 0.01);
        }
    }
    assert_int_equal(zipf_bins(1, 1, (struct zipf_bin[2]){{0, 0}}, 2), 1);
    assert_int_equal(zipf_bins(1e6, 1, (struct zipf_bin[3]){{0, 0}}, 3), 3);
}

static void a_varying_link_stays_in_its_bounds(void **state)
{
    struct link_model model = {.low = 80e6,
                               .high = 120e6,
                               .hold = 1,
                               .payload = 1,
                               .drop_share = 1,
                               .drop = {.start = INFINITY, .end = INFINITY}};
    double t = 0.0, bytes = 0.0;
    gsl_rng *rng = stream();
    struct link_state link;
    int changes = 0;

    (void)state;
    link_init(&link, &model, rng);
    while (t < 10000) {
        link_advance(&link, t);
        assert_true(link.rate >= 80e6 && link.rate <= 120e6);
        assert_true(link.until > t && link.until - t <= 1.2 + 1e-9);
        bytes += link.rate * (link.until - t);
        t = link.until;
        changes++;
    }
    assert_near(bytes / t, 100e6, 1e6); /* 12e6/sqrt(10^4) is a standard error */
    assert_true(changes > 9000 && changes < 11000);
    gsl_rng_free(rng);
}

static void a_drop_begins_and_ends(void **state)
{
    struct link_model model = {.low = 100e6,
                               .high = 100e6,
                               .hold = 1,
                               .payload = 0.9,
                               .drop_share = 0.1,
                               .drop = {.start = 3, .end = 20, .period = 10, .on = 2}};
    static const double times[] = {0, 3, 4.9, 5, 12.9, 13, 15, 20, 23, 100};
    static const double rates[] = {90e6, 9e6, 9e6, 90e6, 90e6, 9e6, 90e6, 90e6, 90e6, 90e6};
    gsl_rng *rng = stream();
    struct link_state link;

    (void)state;
    link_init(&link, &model, rng);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        link_advance(&link, times[i]);
        assert_near(link.rate, rates[i], 1e-3);
    }
    gsl_rng_free(rng);
}

static void auto_converge_steps_every_second_time(void **state)
{
    struct throttle_model model = {
        .enabled = true, .initial = 20, .increment = 10, .most = 99, .trigger = 0.5};
    struct throttle throttle = {0, 0};

    (void)state;
    throttle_judge(&throttle, &model, 60, 100);
    assert_near(throttle.percent, 0, 0);
    throttle_judge(&throttle, &model, 40, 100); /* a good time is not held against the bad one */
    throttle_judge(&throttle, &model, 60, 100);
    assert_near(throttle.percent, 20, 0);
    throttle_judge(&throttle, &model, 60, 100);
    throttle_judge(&throttle, &model, 60, 100);
    assert_near(throttle.percent, 30, 0);
    for (int i = 0; i < 100; i++)
        throttle_judge(&throttle, &model, 60, 100);
    assert_near(throttle.percent, 99, 0);
    model.enabled = false;
    throttle = (struct throttle){0, 0};
    for (int i = 0; i < 10; i++)
        throttle_judge(&throttle, &model, 60, 100);
    assert_near(throttle.percent, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_time_adds_up),
        cmocka_unit_test(expected_pages_are_the_formula),
        cmocka_unit_test(random_pages_scatter_about_the_formula),
        cmocka_unit_test(a_sweep_dirties_each_page_once),
        cmocka_unit_test(pending_pages_are_not_newly_dirty),
        cmocka_unit_test(fake_pages_come_on_top),
        cmocka_unit_test(zipf_bins_dirty_what_their_pages_would),
        cmocka_unit_test(a_varying_link_stays_in_its_bounds),
        cmocka_unit_test(a_drop_begins_and_ends),
        cmocka_unit_test(auto_converge_steps_every_second_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
