/* SPDX-License-Identifier: MIT */
/* The predictors themselves: payloads they refuse, and k-nearest neighbours against an oracle. */
#include "models.h"

#include <errno.h>

#include "../../predictors/linear/linear.h"
#include "random_numbers.h"
#include "registry.h"

/* ---- Every predictor ---- */

static const struct precopyml_predictor_ops *find(const char *name)
{
    const struct precopyml_predictor_ops *ops = registry_find(name);

    assert_non_null(ops);
    return ops;
}

/* 0 and the state freed again, or the error. */
static int try_load(const struct precopyml_predictor_ops *ops, const struct bytes_out *payload,
                    size_t length, size_t features)
{
    /* An own copy of just this length, so that a sanitizer sees overreads. */
    unsigned char *copy = malloc(length ? length : 1);
    void *state = NULL;
    int error;

    assert_non_null(copy);
    if (length)
        memcpy(copy, payload->data, length);
    error = ops->load(copy, length, features, &state);
    if (error == 0 && ops->destroy)
        ops->destroy(state);
    free(copy);
    return error;
}

static void physics_takes_no_payload_and_no_features(void **state)
{
    struct bytes_out payload = {0};

    (void)state;
    bytes_put_u32(&payload, 0);
    assert_int_equal(try_load(find("physics"), &payload, 0, 0), 0);
    assert_int_equal(try_load(find("physics"), &payload, 4, 0), -EBADMSG);
    assert_int_equal(try_load(find("physics"), &payload, 0, 1), -EBADMSG);
    free(payload.data);
}

static void linear_by_hand(void **state)
{
    static const double numbers[] = {0.5, 2.0, -3.0}, x[] = {10.0, 0.25};
    const struct precopyml_predictor_ops *ops = find("linear");
    struct bytes_out payload = {0};
    double value, spread = NAN;
    void *linear;

    (void)state;
    golden_put_numbers(&payload, numbers, 3);
    assert_int_equal(payload.length, linear_payload_length(2));
    assert_int_equal(ops->load(payload.data, payload.length, 2, &linear), 0);
    assert_int_equal(ops->predict(linear, NULL, x, &value, &spread), 0);
    assert_true(value == 19.75);
    assert_true(isnan(spread));
    assert_int_equal(ops->predict(linear, NULL, (double[]){1e308, -1e308}, &value, &spread),
                     -ERANGE);
    ops->destroy(linear);
    for (size_t length = 0; length < payload.length; length++)
        assert_int_equal(try_load(ops, &payload, length, 2), -EBADMSG);
    assert_int_equal(try_load(ops, &payload, payload.length, 1), -EBADMSG);
    assert_int_equal(try_load(ops, &payload, 8, 0), 0); /* a constant */
    free(payload.data);
}

/* ---- k-nearest neighbours ---- */

static void put_knn(struct bytes_out *payload, uint32_t k, uint32_t weighting, size_t rows,
                    size_t features, const double *x, const double *y)
{
    bytes_put_u32(payload, k);
    bytes_put_u32(payload, weighting);
    bytes_put_u64(payload, rows);
    golden_put_numbers(payload, x, rows * features);
    golden_put_numbers(payload, y, rows);
    assert_false(payload->failed);
    assert_int_equal(payload->length, knn_payload_length(rows, features));
}

static double distance_to(const double *row, const double *x, size_t features)
{
    double sum = 0.0;

    for (size_t i = 0; i < features; i++)
        sum += (x[i] - row[i]) * (x[i] - row[i]);
    return sqrt(sum);
}

/* By the definition in knn.h, without any cleverness: k times the nearest row not yet taken. */
static void oracle(uint32_t k, uint32_t weighting, size_t rows, size_t features, const double *x,
                   const double *y, const double *at, double *value, double *spread)
{
    double weights[KNN_NEIGHBOURS_MAX], near[KNN_NEIGHBOURS_MAX], all = 0, sum = 0, squares = 0;
    unsigned char *taken = calloc(rows, 1);

    assert_non_null(taken);
    for (uint32_t i = 0; i < k; i++) {
        double least = INFINITY;
        size_t best = 0;

        for (size_t row = 0; row < rows; row++) {
            double distance = distance_to(x + row * features, at, features);

            if (!taken[row] && distance < least) {
                least = distance;
                best = row;
            }
        }
        taken[best] = 1;
        near[i] = y[best];
        weights[i] = weighting == KNN_UNIFORM ? 1.0 : 1.0 / least;
    }
    if (isinf(weights[0])) { /* at distance zero */
        for (uint32_t i = 0; i < k; i++)
            weights[i] = isinf(weights[i]) ? 1.0 : 0.0;
    }
    for (uint32_t i = 0; i < k; i++) {
        all += weights[i];
        sum += weights[i] * near[i];
    }
    for (uint32_t i = 0; i < k; i++)
        squares += weights[i] * (near[i] - sum / all) * (near[i] - sum / all);
    *value = sum / all;
    *spread = sqrt(squares / all);
    free(taken);
}

static void assert_close(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-9 * fmax(1.0, fabs(wanted))))
        fail_msg("%.17g is not %.17g", got, wanted);
}

/*
 * Rows on a coarse grid, asked on and off it: many ties and exact matches. Each target is its row's
 * number, so a tie broken otherwise shows.
 */
static void knn_agrees_with_the_oracle(void **state)
{
    enum { ROWS = 67, FEATURES = 5 };
    const struct precopyml_predictor_ops *ops = find("knn");
    double x[ROWS * FEATURES], y[ROWS], at[FEATURES];

    (void)state;
    for (int trial = 0; trial < 600; trial++) {
        size_t rows = 1 + random_bits() % ROWS, features = 1 + random_bits() % FEATURES;
        uint32_t most = rows < KNN_NEIGHBOURS_MAX ? (uint32_t)rows : KNN_NEIGHBOURS_MAX;
        uint32_t k = 1 + (uint32_t)(random_bits() % most), weighting = random_bits() % 2;
        struct bytes_out payload = {0};
        double value, spread, wanted, wanted_spread;
        void *knn;

        for (size_t i = 0; i < rows * features; i++)
            x[i] = (double)(random_bits() % 4);
        for (size_t i = 0; i < rows; i++)
            y[i] = (double)i;
        put_knn(&payload, k, weighting, rows, features, x, y);
        assert_int_equal(ops->load(payload.data, payload.length, features, &knn), 0);
        for (int question = 0; question < 8; question++) {
            for (size_t i = 0; i < features; i++)
                at[i] = question % 2 ? (double)(random_bits() % 4) : 4 * random_unit();
            assert_int_equal(ops->predict(knn, NULL, at, &value, &spread), 0);
            oracle(k, weighting, rows, features, x, y, at, &wanted, &wanted_spread);
            assert_close(value, wanted);
            assert_close(spread, wanted_spread);
        }
        ops->destroy(knn);
        free(payload.data);
    }
}

static double knn_at(uint32_t k, uint32_t weighting, size_t rows, const double *x, const double *y,
                     double at, double *spread)
{
    const struct precopyml_predictor_ops *ops = find("knn");
    struct bytes_out payload = {0};
    double value = NAN;
    void *knn;

    put_knn(&payload, k, weighting, rows, 1, x, y);
    assert_int_equal(ops->load(payload.data, payload.length, 1, &knn), 0);
    if (ops->predict(knn, NULL, &at, &value, spread) != 0)
        value = NAN;
    ops->destroy(knn);
    free(payload.data);
    return value;
}

static void knn_by_hand(void **state)
{
    static const double x[] = {0, 1, 1, 2, 4}, y[] = {1, 10, 20, 5, 100};
    double spread;

    (void)state;
    /* Of the equally near rows 1 and 2 the first is nearer. */
    assert_true(knn_at(1, KNN_UNIFORM, 5, x, y, 1.25, &spread) == 10 && spread == 0);
    assert_true(knn_at(2, KNN_UNIFORM, 5, x, y, 1.25, &spread) == 15 && spread == 5);
    /* Exact matches count alone, and alike. */
    assert_true(knn_at(4, KNN_INVERSE_DISTANCE, 5, x, y, 1, &spread) == 15 && spread == 5);
    assert_true(knn_at(4, KNN_UNIFORM, 5, x, y, 1, &spread) == 9);
    /* Distances 1 and 3. */
    assert_near(knn_at(2, KNN_INVERSE_DISTANCE, 2, (double[]){0, 4}, (double[]){1, 5}, 1, &spread),
                2.0);
    assert_near(spread, sqrt(3.0));
    /* Distances whose reciprocals overflow, and one whose square does. */
    assert_near(knn_at(2, KNN_INVERSE_DISTANCE, 2, (double[]){1e-150, 3e-150}, (double[]){1, 5}, 0,
                       &spread),
                2.0);
    assert_true(isnan(knn_at(2, KNN_UNIFORM, 5, x, y, 1e200, &spread)));
}

static void knn_refuses_what_does_not_add_up(void **state)
{
    static const double x[] = {0, 1, 2, 3, 4, 5}, y[] = {0, 1, 2};
    const struct precopyml_predictor_ops *ops = find("knn");
    struct bytes_out payload = {0};

    (void)state;
    put_knn(&payload, 3, KNN_UNIFORM, 3, 2, x, y);
    for (size_t length = 0; length < payload.length; length++)
        assert_int_equal(try_load(ops, &payload, length, 2), -EBADMSG);
    for (size_t features = 0; features < 8; features++)
        assert_int_equal(try_load(ops, &payload, payload.length, features),
                         features == 2 ? 0 : -EBADMSG);
    payload.length = 0;
    bytes_put_u32(&payload, 65); /* more neighbours than allowed, though rows enough */
    bytes_put_u32(&payload, KNN_UNIFORM);
    bytes_put_u64(&payload, 70);
    for (int i = 0; i < 140; i++)
        bytes_put_f64(&payload, i);
    assert_int_equal(try_load(ops, &payload, payload.length, 1), -EBADMSG);
    payload.data[0] = 64;
    assert_int_equal(try_load(ops, &payload, payload.length, 1), 0);
    free(payload.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(physics_takes_no_payload_and_no_features),
        cmocka_unit_test(linear_by_hand),
        cmocka_unit_test(knn_agrees_with_the_oracle),
        cmocka_unit_test(knn_by_hand),
        cmocka_unit_test(knn_refuses_what_does_not_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
