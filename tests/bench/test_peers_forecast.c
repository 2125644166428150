/* SPDX-License-Identifier: MIT */
/* The forecasters, the rules that stop by a forecast, and what holds for every peer. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <dirty_series.h>

#include "hand_made.h"

static void assert_near(double value, double expected)
{
    assert_true(fabs(value - expected) < 1e-9);
}

static void an_autoregression_is_found(void **state)
{
    static const double x[] = {10, 7, 5.5, 4.75}; /* 2 + x / 2 */
    double out[2];

    (void)state;
    forecast_ar(x, 4, out, 2);
    assert_near(out[0], 4.375);
    assert_near(out[1], 4.1875);
}

static void a_constant_series_stays(void **state)
{
    static const forecast_fn all[] = {forecast_last, forecast_trend, forecast_ar, forecast_arima,
                                      forecast_neighbour};
    static const double x[] = {3, 3, 3, 3};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double out[2];

        all[i](x, 4, out, 2);
        assert_near(out[0], 3);
        assert_near(out[1], 3);
    }
}

static void an_explosion_is_not_continued(void **state)
{
    static const double x[] = {1, 2, 4, 8};
    double out[1];

    (void)state;
    forecast_ar(x, 4, out, 1);
    assert_near(out[0], 8 + 7.0 / 3); /* slope 1: the mean rise */
}

static void differences_are_forecast(void **state)
{
    static const double x[] = {0, 8, 12, 14, 15};
    double out[2];

    (void)state;
    forecast_arima(x, 5, out, 2);
    assert_near(out[0], 15.5);
    assert_near(out[1], 15.75);
}

static void a_line_and_a_neighbour_are_followed(void **state)
{
    static const double line[] = {1, 2, 3}, wave[] = {1, 5, 1.1};
    double out[3];

    (void)state;
    forecast_trend(line, 3, out, 3);
    assert_near(out[0], 4);
    assert_near(out[2], 6);
    forecast_neighbour(wave, 3, out, 2);
    assert_near(out[0], 5);
    assert_near(out[1], 1.1);
    forecast_last(line, 3, out, 1);
    assert_near(out[0], 3);
}

static void the_latest_values_are_kept(void **state)
{
    struct dirty_series series = {.count = 0};

    (void)state;
    for (int i = 0; i < FORECAST_MOST + 3; i++)
        assert_true(dirty_series_add(&series, exp(20 + i)));
    assert_int_equal(series.count, FORECAST_MOST);
    assert_near(series.value[0], 23);
    assert_near(series.value[FORECAST_MOST - 1], 22 + FORECAST_MOST);
    assert_false(dirty_series_add(&series, NAN));
    assert_int_equal(series.count, FORECAST_MOST);
}

/* A tenth less every round; each round ahead is to be waited for as well. */
static void waiting_adds_up(void **state)
{
    struct dirty_series series = {.count = 0};
    double ahead[DIRTY_HORIZON];

    (void)state;
    dirty_series_add(&series, 100e6);
    for (int i = 0; i < DIRTY_HORIZON; i++)
        ahead[i] = log(100e6 * pow(0.9, i + 1));
    assert_false(dirty_series_waiting_pays(&series, ahead, 4));
    assert_false(dirty_series_waiting_pays(&series, ahead, 8.9)); /* the next: 1 + 9.9 x 0.9 */
    assert_true(dirty_series_waiting_pays(&series, ahead, 9.1));
}

/* Verdicts at boundaries that leave so many MB, the last; all before it must be to go on. */
static enum peer_verdict after(const char *peer, double kappa, const double *megabytes, int count)
{
    enum peer_verdict verdict = PEER_GO_ON;
    struct hand_made made;

    hand_open(&made, peer, 0, kappa);
    for (int i = 0; i < count; i++) {
        assert_int_equal(verdict, PEER_GO_ON);
        verdict = hand_boundary(&made, 10 + 5 * i, megabytes[i] * 1e6);
    }
    hand_close(&made);
    return verdict;
}

static void a_plateau_ends_as_soon_as_it_can_be_known(void **state)
{
    static const double flat[] = {500, 500, 500, 500};

    (void)state;
    assert_int_equal(after("ar-like", 10, flat, 3), PEER_STOP);
    assert_int_equal(after("ensemble-like", 10, flat, 3), PEER_STOP);
    assert_int_equal(after("arima-like", 10, flat, 4), PEER_STOP); /* it needs one more */
    assert_int_equal(after("termination-like", 10, flat, 3), PEER_STOP);
}

static void a_decline_is_waited_for_where_it_pays(void **state)
{
    static const double halving[] = {3200, 1600, 800, 400};

    (void)state;
    assert_int_equal(after("ar-like", 10, halving, 4), PEER_GO_ON);
    assert_int_equal(after("ensemble-like", 10, halving, 4), PEER_GO_ON);
    assert_int_equal(after("arima-like", 10, halving, 4), PEER_GO_ON);
    assert_int_equal(after("ar-like", 0, halving, 3), PEER_STOP);
    assert_int_equal(after("ensemble-like", 0, halving, 3), PEER_STOP);
    assert_int_equal(after("arima-like", 0, halving, 4), PEER_STOP);
}

static void a_limit_stops_the_forecasters_too(void **state)
{
    static const char *const names[] = {"ar-like", "arima-like", "ensemble-like"};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hand_only(names[i], 0.3, 30e6), PEER_STOP);
        assert_int_equal(hand_only(names[i], 0.3, 30.1e6), PEER_GO_ON);
        assert_int_equal(hand_only(names[i], 0, 30e6), PEER_GO_ON);
    }
}

static void useless_rounds_are_counted_in_a_row(void **state)
{
    (void)state;
    assert_int_equal(after("termination-like", 10, (double[]){500, 400, 381, 381}, 4), PEER_STOP);
    assert_int_equal(after("termination-like", 10, (double[]){500, 490, 400, 390}, 4), PEER_GO_ON);
    assert_int_equal(after("termination-like", 10, (double[]){500, 700, 490}, 3), PEER_STOP);
    assert_int_equal(after("termination-like", 10, (double[]){500, 475, 451.25}, 3), PEER_GO_ON);
    assert_int_equal(hand_only("termination-like", 0, 30e6), PEER_STOP);
}

static void names_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; peer_at(i); i++) {
        assert_ptr_equal(peer_find(peer_at(i)->name), peer_at(i));
        assert_true(strlen(peer_at(i)->summary) > 0);
    }
    assert_null(peer_find("nobody"));
}

/* Counters nobody knows stop no guest; counting iterations is all that is left. */
static void the_unknown_stops_nobody(void **state)
{
    (void)state;
    for (size_t i = 0; peer_at(i); i++) {
        struct hand_made made;

        if (strncmp(peer_at(i)->name, "precopyml", 9) == 0) /* they need every counter */
            continue;
        hand_open(&made, peer_at(i)->name, 0, 10);
        made.now = (struct peer_sample){.elapsed = 1,
                                        .iteration = 1,
                                        .remaining = NAN,
                                        .transferred = NAN,
                                        .pages_sent = NAN,
                                        .bandwidth = NAN,
                                        .memory_total = NAN,
                                        .page_size = 4096};
        for (int boundary = 1; boundary < 5; boundary++) {
            hand_until(&made, 10 * boundary, NAN);
            assert_int_equal(hand_boundary(&made, 10 * boundary, NAN), PEER_GO_ON);
        }
        hand_close(&made);
    }
}

static void ours_need_a_model(void **state)
{
    struct peer_options options = {.kappa = 10};
    struct peer_run run;

    (void)state;
    assert_int_not_equal(peer_open(&run, peer_find("precopyml-optimal"), &options), 0);
    peer_close(&run);
}

/* kappa 10: the next round pays while it saves over an eleventh. */
static void the_baseline_looks_one_round_ahead(void **state)
{
    struct hand_made made;

    (void)state;
    hand_open(&made, "look-ahead", 0, 10);
    assert_int_equal(hand_boundary(&made, 10, 400e6), PEER_GO_ON);  /* one says nothing */
    assert_int_equal(hand_boundary(&made, 14, 360e6), PEER_GO_ON);  /* lambda 0.9 */
    assert_int_equal(hand_boundary(&made, 17.6, 331e6), PEER_STOP); /* 0.92 */
    hand_close(&made);
    hand_open(&made, "look-ahead", 0.5, 1000);
    assert_int_equal(hand_boundary(&made, 10, 40e6), PEER_STOP); /* QEMU's own test */
    hand_close(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_autoregression_is_found),
        cmocka_unit_test(the_baseline_looks_one_round_ahead),
        cmocka_unit_test(a_constant_series_stays),
        cmocka_unit_test(an_explosion_is_not_continued),
        cmocka_unit_test(differences_are_forecast),
        cmocka_unit_test(a_line_and_a_neighbour_are_followed),
        cmocka_unit_test(the_latest_values_are_kept),
        cmocka_unit_test(waiting_adds_up),
        cmocka_unit_test(a_plateau_ends_as_soon_as_it_can_be_known),
        cmocka_unit_test(a_decline_is_waited_for_where_it_pays),
        cmocka_unit_test(a_limit_stops_the_forecasters_too),
        cmocka_unit_test(useless_rounds_are_counted_in_a_row),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(the_unknown_stops_nobody),
        cmocka_unit_test(ours_need_a_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
