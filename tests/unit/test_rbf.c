/* SPDX-License-Identifier: MIT */
/* Inference of svr and bagged-svr: the vectorised exp, the sums on every path, refused payloads. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <precopyml-predictor.h>

#include "allocations.h"
#include "random_numbers.h"
#include "rbf_put.h"

extern const struct precopyml_predictor_ops predictor_svr, predictor_bagged_svr;

static const char *const path_names[] = {[RBF_PORTABLE] = "portable", [RBF_AVX2] = "AVX2"};

enum { PATHS = sizeof path_names / sizeof path_names[0] };

/* ---- Random expansions ---- */

enum { VECTORS = 67, INPUTS = 9, OUTPUTS = 6 };

struct expansion {
    struct rbf_parts parts;
    double offset[OUTPUTS], vector[VECTORS * INPUTS], coefficient[OUTPUTS * VECTORS];
};

/* Inputs that count and inputs that do not take turns. */
static void random_expansion(struct expansion *expansion)
{
    struct rbf_parts *parts = &expansion->parts;

    *parts = (struct rbf_parts){.inputs = 1 + random_bits() % INPUTS,
                                .gamma = random_between(0.01, 2),
                                .vectors = random_bits() % (VECTORS + 1),
                                .outputs = 1 + random_bits() % OUTPUTS,
                                .offset = expansion->offset,
                                .vector = expansion->vector,
                                .coefficient = expansion->coefficient};
    for (size_t i = 0; i < parts->inputs; i++)
        parts->varying |= UINT64_C(2) << 2 * i;
    for (size_t i = 0; i < OUTPUTS; i++)
        expansion->offset[i] = random_between(-1, 1);
    for (size_t i = 0; i < VECTORS * INPUTS; i++)
        expansion->vector[i] = random_between(-2, 2);
    for (size_t i = 0; i < OUTPUTS * VECTORS; i++)
        expansion->coefficient[i] = random_between(-10, 10);
}

static struct rbf *load(const struct rbf_parts *parts, size_t features)
{
    struct bytes_out out = {0};
    struct rbf *rbf = NULL;

    rbf_put(&out, parts);
    assert_int_equal(rbf_load(bytes_of(out.data, out.length), parts->outputs, features, &rbf), 0);
    assert_int_equal(rbf_outputs(rbf), parts->outputs);
    free(out.data);
    return rbf;
}

/* ---- exp ---- */

/* exp(-x^2), by one support vector at zero. The square is rounded here as it is there. */
static double kernel_at(const struct rbf *rbf, double x)
{
    double value;

    rbf_evaluate(rbf, &x, &value);
    return value;
}

static double ulps_off(double got, double x)
{
    double square = x * x;
    long double wanted = expl(-(long double)square);
    int exponent;

    frexp((double)wanted, &exponent);
    return (double)fabsl((long double)got - wanted) / ldexp(1, exponent - 53);
}

static void exp_is_within_two_ulps(void **state)
{
    static const double one = 1, zero = 0;
    const struct rbf_parts parts = {1, 1, 1, 1, 1, &zero, &zero, &one};
    struct rbf *rbf = load(&parts, 1);

    (void)state;
    for (int path = 0; path < PATHS; path++) {
        double worst = 0;

        if (!rbf_use(rbf, (enum rbf_path)path))
            continue;
        for (int i = 0; i < 400000; i++) {
            double x = sqrt(i % 2 ? random_between(0, 707.9) : random_between(0, 2));

            worst = fmax(worst, ulps_off(kernel_at(rbf, x), x));
        }
        print_message("# exp, %s: at most %.3f ulp off\n", path_names[path], worst);
        if (!(worst < 1.25))
            fail_msg("exp is %g ulp off", worst);
        assert_true(kernel_at(rbf, 0) == 1);
        assert_true(kernel_at(rbf, 1e-200) == 1);
        assert_true(kernel_at(rbf, 26.60) > 0);  /* exp(-707.56) */
        assert_true(kernel_at(rbf, 26.61) == 0); /* exp(-708.09) */
        assert_true(kernel_at(rbf, 1e10) == 0);
        assert_true(kernel_at(rbf, 1e200) == 0); /* the square is infinite */
        assert_true(kernel_at(rbf, -1e308) == 0);
    }
    free(rbf);
}

/* ---- Sums ---- */

/* By the definition in rbf.h. `bound` is what errors are measured by. */
static long double output_of(const struct rbf_parts *parts, size_t output, const double *x,
                             long double *bound)
{
    long double sum = parts->offset[output];

    *bound = fabsl(sum);
    for (size_t i = 0; i < parts->vectors; i++) {
        long double distance = 0, coefficient = parts->coefficient[output * parts->vectors + i];

        for (size_t j = 0; j < parts->inputs; j++) {
            long double difference = x[2 * j + 1] - parts->vector[i * parts->inputs + j];

            distance += difference * difference;
        }
        sum += coefficient * expl(-parts->gamma * distance);
        *bound += fabsl(coefficient);
    }
    return sum;
}

static void every_path_gives_the_same_bits(void **state)
{
    struct expansion expansion;

    (void)state;
    for (int trial = 0; trial < 500; trial++) {
        struct rbf *rbf;
        double x[2 * INPUTS + 1], portable[OUTPUTS], value[OUTPUTS];

        random_expansion(&expansion);
        rbf = load(&expansion.parts, 2 * expansion.parts.inputs + 1);
        for (int question = 0; question < 8; question++) {
            for (size_t i = 0; i < 2 * INPUTS + 1; i++)
                x[i] = random_between(-3, 3);
            assert_true(rbf_use(rbf, RBF_PORTABLE));
            rbf_evaluate(rbf, x, portable);
            for (size_t i = 0; i < expansion.parts.outputs; i++) {
                long double bound, wanted = output_of(&expansion.parts, i, x, &bound);

                if (!(fabsl(portable[i] - wanted) <= 1e-14L * bound))
                    fail_msg("%.17g is not %.17Lg", portable[i], wanted);
            }
            for (int path = RBF_PORTABLE + 1; path < PATHS; path++) {
                if (!rbf_use(rbf, (enum rbf_path)path))
                    continue;
                rbf_evaluate(rbf, x, value);
                assert_memory_equal(value, portable, expansion.parts.outputs * sizeof value[0]);
            }
        }
        free(rbf);
    }
}

/* On x86-64 the tests must have seen both, unless the processor is one without AVX2. */
static void the_best_path_is_taken(void **state)
{
    static const double one = 1, zero = 0;
    const struct rbf_parts parts = {1, 1, 1, 1, 1, &zero, &zero, &one};
    struct rbf *rbf = load(&parts, 1);

    (void)state;
    assert_true(rbf_use(rbf, RBF_PORTABLE));
#ifdef __x86_64__
    assert_int_equal(rbf_use(rbf, RBF_AVX2), __builtin_cpu_supports("avx2") != 0);
#else
    assert_false(rbf_use(rbf, RBF_AVX2));
#endif
    free(rbf);
}

static void inputs_that_never_varied_do_not_count(void **state)
{
    struct expansion expansion;
    double x[2 * INPUTS + 1], before[OUTPUTS], after[OUTPUTS];
    struct rbf *rbf;

    (void)state;
    random_expansion(&expansion);
    rbf = load(&expansion.parts, 2 * expansion.parts.inputs + 1);
    for (size_t i = 0; i < 2 * INPUTS + 1; i++)
        x[i] = random_between(-2, 2);
    rbf_evaluate(rbf, x, before);
    for (size_t i = 0; i < 2 * INPUTS + 1; i += 2)
        x[i] = 1e300;
    rbf_evaluate(rbf, x, after);
    assert_memory_equal(before, after, expansion.parts.outputs * sizeof before[0]);
    free(rbf);
}

/* ---- The predictors ---- */

static void svr_by_hand(void **state)
{
    static const double offset = 0.5, vector[] = {0, 3}, coefficient[] = {2, -1};
    const struct rbf_parts parts = {1, 1, 1, 2, 1, &offset, vector, coefficient};
    struct bytes_out out = {0};
    double x = 0, value, spread = NAN;
    void *svr;

    (void)state;
    rbf_put(&out, &parts);
    assert_int_equal(predictor_svr.load(out.data, out.length, 1, &svr), 0);
    assert_int_equal(predictor_svr.predict(svr, NULL, &x, &value, &spread), 0);
    assert_true(fabs(value - (0.5 + 2 - exp(-9))) < 1e-15);
    assert_true(isnan(spread));
    x = 1e9; /* far from all it knows */
    assert_int_equal(predictor_svr.predict(svr, NULL, &x, &value, &spread), 0);
    assert_true(value == 0.5);
    predictor_svr.destroy(svr);
    free(out.data);
}

static void bagged_svr_by_hand(void **state)
{
    static const double offset[] = {1, 2, 6}, vector = 0, coefficient[] = {3, 0, -3};
    const struct rbf_parts parts = {1, 1, 1, 1, 3, offset, &vector, coefficient};
    struct bytes_out out = {0};
    double x = 0, value, spread;
    void *bagged;

    (void)state;
    bytes_put_u32(&out, 3);
    bytes_put_u32(&out, 0);
    rbf_put(&out, &parts);
    assert_int_equal(predictor_bagged_svr.load(out.data, out.length, 1, &bagged), 0);
    assert_int_equal(predictor_bagged_svr.predict(bagged, NULL, &x, &value, &spread), 0);
    assert_true(value == 3); /* of 4, 2, 3 */
    assert_true(fabs(spread - sqrt(2. / 3)) < 1e-15);
    predictor_bagged_svr.destroy(bagged);
    free(out.data);
}

static void sums_that_overflow_are_refused(void **state)
{
    static const double zero[2] = {0}, huge[] = {1.7e308, 1.7e308};
    const struct rbf_parts parts = {1, 1, 1, 2, 1, zero, zero, huge};
    struct bytes_out out = {0};
    double value, spread;
    void *svr;

    (void)state;
    rbf_put(&out, &parts);
    assert_int_equal(predictor_svr.load(out.data, out.length, 1, &svr), 0);
    assert_int_equal(predictor_svr.predict(svr, NULL, zero, &value, &spread), -ERANGE);
    predictor_svr.destroy(svr);
    free(out.data);
}

static void predict_allocates_nothing(void **state)
{
    struct expansion expansion;
    struct bytes_out out = {0};
    double x[2 * INPUTS + 1] = {0}, value, spread;
    unsigned long before;
    void *bagged;

    (void)state;
    random_expansion(&expansion);
    bytes_put_u32(&out, (uint32_t)expansion.parts.outputs);
    bytes_put_u32(&out, 0);
    rbf_put(&out, &expansion.parts);
    before = allocations();
    assert_int_equal(
        predictor_bagged_svr.load(out.data, out.length, 2 * expansion.parts.inputs + 1, &bagged),
        0);
    assert_true(allocations() > before); /* the counter counts */
    before = allocations();
    assert_int_equal(predictor_bagged_svr.predict(bagged, NULL, x, &value, &spread), 0);
    assert_int_equal(allocations(), before);
    predictor_bagged_svr.destroy(bagged);
    free(out.data);
}

/* ---- Payloads ---- */

/* On a copy of just this length, so that a sanitizer sees overreads. */
static int try_load(const struct bytes_out *out, size_t length, size_t outputs, size_t features)
{
    unsigned char *copy = malloc(length ? length : 1);
    struct rbf *rbf = NULL;
    int error;

    assert_non_null(copy);
    if (length)
        memcpy(copy, out->data, length);
    error = rbf_load(bytes_of(copy, length), outputs, features, &rbf);
    if (error == 0)
        free(rbf);
    free(copy);
    return error;
}

static void what_does_not_add_up_is_refused(void **state)
{
    static const double offset[] = {1, 2}, vector[] = {1, 2, 3, 4, 5, 6};
    static const double coefficient[] = {1, 2, 3, 4, 5, 6};
    const struct rbf_parts parts = {5, 2, 1, 3, 2, offset, vector, coefficient};
    struct bytes_out out = {0};

    (void)state;
    rbf_put(&out, &parts);
    assert_int_equal(out.length, RBF_HEADER_LENGTH + 14 * sizeof(double));
    for (size_t length = 0; length < out.length; length++)
        assert_int_equal(try_load(&out, length, 2, 3), -EBADMSG);
    for (size_t features = 0; features <= 65; features++)
        assert_int_equal(try_load(&out, out.length, 2, features),
                         features >= 3 && features <= 64 ? 0 : -EBADMSG);
    for (size_t outputs = 0; outputs < 70; outputs++)
        assert_int_equal(try_load(&out, out.length, outputs, 3), outputs == 2 ? 0 : -EBADMSG);
    bytes_put_f64(&out, 0);
    assert_int_equal(try_load(&out, out.length, 2, 3), -EBADMSG); /* a number too many */
    free(out.data);
}

static int load_parts(const struct rbf_parts *parts, size_t features)
{
    struct bytes_out out = {0};
    int error;

    rbf_put(&out, parts);
    error = try_load(&out, out.length, parts->outputs, features);
    free(out.data);
    return error;
}

static void bad_numbers_are_refused(void **state)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    static const double bad_gamma[] = {NAN, INFINITY, 0, -1};
    const double good = 1;
    const struct rbf_parts parts = {1, 1, 1, 1, 1, &good, &good, &good};

    (void)state;
    assert_int_equal(load_parts(&parts, 1), 0);
    for (size_t i = 0; i < 4; i++) {
        struct rbf_parts wrong = parts;

        wrong.gamma = bad_gamma[i];
        assert_int_equal(load_parts(&wrong, 1), -EBADMSG);
    }
    for (size_t i = 0; i < 3; i++) {
        struct rbf_parts offset = parts, vector = parts, coefficient = parts;

        offset.offset = vector.vector = coefficient.coefficient = &bad[i];
        assert_int_equal(load_parts(&offset, 1), -EBADMSG);
        assert_int_equal(load_parts(&vector, 1), -EBADMSG);
        assert_int_equal(load_parts(&coefficient, 1), -EBADMSG);
    }
}

/* A fit that found nothing to learn; but a kernel of no inputs at all would be a constant too. */
static void an_expansion_of_nothing_is_a_constant(void **state)
{
    const double offset = 0.75, number = 1;
    struct rbf_parts parts = {0, 0, 1, 0, 1, &offset, NULL, NULL};
    struct rbf *rbf = load(&parts, 3);
    double value;

    (void)state;
    rbf_evaluate(rbf, (double[]){1, 2, 3}, &value);
    assert_true(value == 0.75);
    free(rbf);
    assert_int_equal(load_parts(&parts, 0), 0);
    parts.vectors = 1;
    parts.coefficient = &number;
    assert_int_equal(load_parts(&parts, 3), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_two_ulps),
        cmocka_unit_test(every_path_gives_the_same_bits),
        cmocka_unit_test(the_best_path_is_taken),
        cmocka_unit_test(inputs_that_never_varied_do_not_count),
        cmocka_unit_test(svr_by_hand),
        cmocka_unit_test(bagged_svr_by_hand),
        cmocka_unit_test(sums_that_overflow_are_refused),
        cmocka_unit_test(predict_allocates_nothing),
        cmocka_unit_test(what_does_not_add_up_is_refused),
        cmocka_unit_test(bad_numbers_are_refused),
        cmocka_unit_test(an_expansion_of_nothing_is_a_constant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
