/* SPDX-License-Identifier: MIT */
/* The perceptron's inference, against FANN as the oracle, and the payloads it refuses. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <doublefann.h>

#include "../../predictors/ann/ann.h"
#include "../../predictors/ann/ann_net.h"
#include "../../predictors/ann/ann_tanh.h"
#include "bytes_write.h"
#include "random_numbers.h"
#include "registry.h"

enum { INPUTS_MAX = 12, WIDTH_MAX = 19, PARAMETERS_MAX = 2000 };

/* ---- Random nets ---- */

/* A multiple of 1/32 of few bits, so that sums are exact in whatever order they are taken. */
static double random_coarse(double most)
{
    return round(random_between(-most, most) * 32) / 32;
}

/* ---- A net twice: FANN's, and ours from the same weights ---- */

struct twins {
    struct fann *fann;
    const struct precopyml_predictor_ops *ops;
    void *state;
    void *scratch;
};

static void put_header(struct bytes_out *out, size_t layers, const uint32_t *width)
{
    bytes_put_u32(out, (uint32_t)layers);
    bytes_put_u32(out, ANN_TANH);
    for (size_t i = 0; i < ANN_LAYERS_MAX; i++)
        bytes_put_u32(out, i < layers ? width[i] : 0);
}

static void *load_exactly(const struct precopyml_predictor_ops *ops, const struct bytes_out *out,
                          size_t features)
{
    void *state = NULL;

    assert_false(out->failed);
    assert_int_equal(ops->load(out->data, out->length, features, &state), 0);
    return state;
}

static void twins_begin(struct twins *twins, size_t inputs, size_t layers, const uint32_t *width,
                        double steepness, double (*weight)(double), double most)
{
    unsigned sizes[ANN_LAYERS_MAX + 2] = {(unsigned)inputs};
    struct fann_connection connections[PARAMETERS_MAX];
    struct bytes_out out = {0};
    size_t count;

    for (size_t i = 0; i < layers; i++)
        sizes[i + 1] = width[i];
    sizes[layers + 1] = 1;
    twins->fann = fann_create_standard_array((unsigned)layers + 2, sizes);
    assert_non_null(twins->fann);
    fann_set_activation_function_hidden(twins->fann, FANN_SIGMOID_SYMMETRIC);
    fann_set_activation_function_output(twins->fann, FANN_LINEAR);
    fann_set_activation_steepness_hidden(twins->fann, steepness);
    fann_set_activation_steepness_output(twins->fann, steepness);
    count = fann_get_total_connections(twins->fann);
    assert_true(count <= PARAMETERS_MAX);
    assert_int_equal(count, ann_parameter_count(inputs, layers, width));
    fann_get_connection_array(twins->fann, connections);
    put_header(&out, layers, width);
    for (size_t i = 0; i < count; i++) {
        connections[i].weight = weight(most);
        bytes_put_f64(&out, steepness * connections[i].weight);
    }
    fann_set_weight_array(twins->fann, connections, (unsigned)count);
    assert_int_equal(out.length, ann_payload_length(inputs, layers, width));
    twins->ops = registry_find("ann");
    assert_non_null(twins->ops);
    twins->state = load_exactly(twins->ops, &out, inputs);
    twins->scratch = malloc(twins->ops->scratch_size(twins->state));
    assert_non_null(twins->scratch);
    free(out.data);
}

static void twins_end(struct twins *twins)
{
    twins->ops->destroy(twins->state);
    free(twins->scratch);
    fann_destroy(twins->fann);
}

static void assert_agree(struct twins *twins, double *x)
{
    double value = NAN, spread = NAN, wanted = *fann_run(twins->fann, x);

    assert_int_equal(twins->ops->predict(twins->state, twins->scratch, x, &value, &spread), 0);
    assert_true(isnan(spread));
    if (!(fabs(value - wanted) <= 1e-12))
        fail_msg("%.17g is not FANN's %.17g", value, wanted);
}

static double random_weight(double most)
{
    return random_between(-most, most);
}

static void agrees_with_fann(void **state)
{
    static const double steepnesses[] = {0.25, 0.5, 1, 2};

    (void)state;
    for (int trial = 0; trial < 400; trial++) {
        size_t inputs = 1 + random_bits() % INPUTS_MAX, layers = 1 + random_bits() % 3;
        double x[INPUTS_MAX], most = trial % 2 ? 1 : 4;
        uint32_t width[ANN_LAYERS_MAX];
        struct twins twins;

        for (size_t i = 0; i < layers; i++)
            width[i] = 1 + (uint32_t)(random_bits() % WIDTH_MAX);
        twins_begin(&twins, inputs, layers, width, steepnesses[trial % 4], random_weight, 1);
        for (int question = 0; question < 50; question++) {
            for (size_t i = 0; i < inputs; i++)
                x[i] = random_between(-most, most);
            assert_agree(&twins, x);
        }
        twins_end(&twins);
    }
}

/* From where a tanh is a line to where both are cut off; the sums themselves cannot differ. */
static void agrees_with_fann_on_large_inputs(void **state)
{
    static const double magnitudes[] = {0.125, 4, 64, 1024, 1e6};

    (void)state;
    for (int trial = 0; trial < 200; trial++) {
        size_t inputs = 1 + random_bits() % INPUTS_MAX;
        uint32_t width[] = {1 + (uint32_t)(random_bits() % WIDTH_MAX), 5};
        double x[INPUTS_MAX];
        struct twins twins;

        twins_begin(&twins, inputs, 1 + trial % 2, width, 1, random_coarse, 2);
        for (int question = 0; question < 50; question++) {
            for (size_t i = 0; i < inputs; i++)
                x[i] = random_coarse(magnitudes[random_bits() % 5]);
            assert_agree(&twins, x);
        }
        for (size_t i = 0; i < inputs; i++)
            x[i] = i ? 0 : 1e300;
        assert_agree(&twins, x);
        twins_end(&twins);
    }
}

/* The trainer's net: from FANN's reader instead of its constructor, weights in payload order. */
static void the_trainers_net_agrees(void **state)
{
    static const uint32_t width[] = {7};
    const struct precopyml_predictor_ops *ops = registry_find("ann");
    struct fann *net = ann_net_create(3, 7);
    struct fann_connection work[7 * 4 + 8];
    double weights[7 * 4 + 8], again[7 * 4 + 8], scratch[16];
    struct bytes_out out = {0};
    void *ann;

    (void)state;
    assert_non_null(net);
    assert_int_equal(ann_net_weight_count(net), 7 * 4 + 8);
    put_header(&out, 1, width);
    for (size_t i = 0; i < 7 * 4 + 8; i++) {
        weights[i] = random_between(-1, 1);
        bytes_put_f64(&out, weights[i]);
    }
    ann_net_set_weights(net, work, weights);
    ann_net_get_weights(net, work, again);
    assert_memory_equal(weights, again, sizeof weights);
    ann = load_exactly(ops, &out, 3);
    assert_int_equal(ops->scratch_size(ann), sizeof scratch);
    for (int i = 0; i < 100; i++) {
        double x[] = {random_between(-3, 3), random_between(-3, 3), random_between(-3, 3)};
        double value, spread;

        assert_int_equal(ops->predict(ann, scratch, x, &value, &spread), 0);
        assert_true(fabs(value - *fann_run(net, x)) <= 1e-12);
    }
    ops->destroy(ann);
    fann_destroy(net);
    free(out.data);
}

/* ---- The hyperbolic tangent ---- */

static void assert_tanh(double x)
{
    ann_pair both = ann_pair_tanh((ann_pair){x, -x});
    double wanted = tanh(x);

    if (!(fabs(both[0] - wanted) <= 4e-16 && both[1] == -both[0]))
        fail_msg("tanh(%a) = %a, not %a; of its negative %a", x, both[0], wanted, both[1]);
}

static void tanh_is_within_its_promise(void **state)
{
    ann_pair extreme = ann_pair_tanh((ann_pair){INFINITY, (double)NAN});

    (void)state;
    for (double x = -25; x < 25; x += 0.00037)
        assert_tanh(x);
    for (double x = 1e-300; x < 1e300; x *= 1.7)
        assert_tanh(x);
    assert_tanh(0);
    assert_tanh(0.25 * log(2)); /* where k changes */
    assert_true(extreme[0] == 1 && isnan(extreme[1]));
    assert_true(ann_pair_tanh((ann_pair){-INFINITY, 0})[0] == -1);
}

/* ---- Payloads ---- */

/* 0 and the state freed again, or the error; from a copy of just this length. */
static int try_load(const struct bytes_out *out, size_t length, size_t features)
{
    const struct precopyml_predictor_ops *ops = registry_find("ann");
    unsigned char *copy = malloc(length ? length : 1);
    void *state = NULL;
    int error;

    assert_non_null(copy);
    if (length)
        memcpy(copy, out->data, length);
    error = ops->load(copy, length, features, &state);
    if (error == 0)
        ops->destroy(state);
    free(copy);
    return error;
}

static void refuses_what_does_not_add_up(void **state)
{
    static const uint32_t width[] = {3, 2};
    struct bytes_out out = {0};

    (void)state;
    put_header(&out, 2, width);
    for (size_t i = 0; i < ann_parameter_count(2, 2, width); i++)
        bytes_put_f64(&out, 0.5);
    for (size_t length = 0; length <= out.length; length++)
        assert_int_equal(try_load(&out, length, 2), length == out.length ? 0 : -EBADMSG);
    for (size_t features = 0; features < 8; features++)
        assert_int_equal(try_load(&out, out.length, features), features == 2 ? 0 : -EBADMSG);
    for (size_t at = ANN_HEADER_LENGTH; at < out.length; at += sizeof(double)) {
        static const unsigned char infinite[] = {0, 0, 0, 0, 0, 0, 0xf0, 0x7f};
        unsigned char kept[sizeof infinite];

        memcpy(kept, out.data + at, sizeof kept);
        memcpy(out.data + at, infinite, sizeof infinite);
        assert_int_equal(try_load(&out, out.length, 2), -EBADMSG);
        memcpy(out.data + at, kept, sizeof kept);
    }
    assert_int_equal(try_load(&out, out.length, 2), 0);
    free(out.data);
}

/* A header alone is checked before anything is believed; enough numbers follow for any of them. */
static void refuses_impossible_shapes(void **state)
{
    static const uint32_t cases[][2 + ANN_LAYERS_MAX] = {
        {0, ANN_TANH, 0, 0, 0, 0},
        {5, ANN_TANH, 1, 1, 1, 1},
        {UINT32_MAX, ANN_TANH, 1, 1, 1, 1},
        {1, ANN_TANH + 1, 1, 0, 0, 0},
        {1, ANN_TANH, 0, 0, 0, 0},
        {1, ANN_TANH, 1, 1, 0, 0},
        {2, ANN_TANH, 1, 0, 0, 0},
        {1, ANN_TANH, ANN_WIDTH_MAX + 1, 0, 0, 0},
        {1, ANN_TANH, UINT32_MAX, 0, 0, 0},
        {4, ANN_TANH, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes_out out = {0};
        size_t length;

        for (size_t j = 0; j < 2 + ANN_LAYERS_MAX; j++)
            bytes_put_u32(&out, cases[i][j]);
        for (size_t j = 0; j < 1000; j++)
            bytes_put_f64(&out, 0);
        for (length = ANN_HEADER_LENGTH; length <= out.length; length += sizeof(double))
            assert_int_equal(try_load(&out, length, 1), -EBADMSG);
        free(out.data);
    }
}

/* One neuron of every layer's greatest number, on their own memory: a sanitizer sees overreads. */
static void takes_the_widest_net(void **state)
{
    static const uint32_t width[] = {ANN_WIDTH_MAX, 1, ANN_WIDTH_MAX, ANN_WIDTH_MAX - 1};
    const struct precopyml_predictor_ops *ops = registry_find("ann");
    struct bytes_out out = {0};
    double x = 0.5, value, spread, *scratch;
    void *ann;

    (void)state;
    put_header(&out, 4, width);
    for (size_t i = 0; i < ann_parameter_count(1, 4, width); i++)
        bytes_put_f64(&out, 0x1p-8);
    ann = load_exactly(ops, &out, 1);
    scratch = malloc(ops->scratch_size(ann));
    assert_non_null(scratch);
    assert_int_equal(ops->predict(ann, scratch, &x, &value, &spread), 0);
    assert_true(value > 0 && value < 1);
    ops->destroy(ann);
    free(scratch);
    free(out.data);
}

static void an_overflow_is_no_forecast(void **state)
{
    static const uint32_t width[] = {2};
    static const double numbers[] = {1e9, 0, -1e9, 0, 1e308, -1e308, 1e308};
    const struct precopyml_predictor_ops *ops = registry_find("ann");
    double scratch[8], value, spread;
    struct bytes_out out = {0};
    void *ann;

    (void)state;
    put_header(&out, 1, width);
    for (size_t i = 0; i < 7; i++)
        bytes_put_f64(&out, numbers[i]);
    ann = load_exactly(ops, &out, 1);
    assert_int_equal(ops->scratch_size(ann), sizeof scratch);
    assert_int_equal(ops->predict(ann, scratch, (double[]){1}, &value, &spread), -ERANGE);
    assert_int_equal(ops->predict(ann, scratch, (double[]){0}, &value, &spread), 0);
    assert_true(value == 1e308);
    ops->destroy(ann);
    free(out.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_fann),
        cmocka_unit_test(agrees_with_fann_on_large_inputs),
        cmocka_unit_test(the_trainers_net_agrees),
        cmocka_unit_test(tanh_is_within_its_promise),
        cmocka_unit_test(refuses_what_does_not_add_up),
        cmocka_unit_test(refuses_impossible_shapes),
        cmocka_unit_test(takes_the_widest_net),
        cmocka_unit_test(an_overflow_is_no_forecast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
