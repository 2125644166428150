/* SPDX-License-Identifier: MIT */
/* Layer after layer, LANES neurons at a time. */
#include "ann.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <precopyml-predictor.h>

#include "ann_tanh.h"
#include "bytes.h"

/* Neurons of a block: two pairs, whose sums do not wait for each other. */
enum { LANES = 4 };

struct layer {
    size_t inputs;
    size_t blocks;
    const double *weights; /* [blocks][bias, then inputs][LANES]; 0 for neurons past the last */
};

struct ann {
    size_t layers;
    struct layer layer[ANN_LAYERS_MAX];
    size_t widest; /* of the hidden layers, whole blocks */
    double bias;   /* of the output neuron */
    const double *output;
    double weights[]; /* of the layers, then of the output neuron, up to whole blocks */
};

extern const struct precopyml_predictor_ops predictor_ann;

static size_t whole_blocks(size_t neurons)
{
    return (neurons + LANES - 1) / LANES;
}

struct shape {
    size_t features;
    size_t layers;
    uint32_t width[ANN_LAYERS_MAX];
};

static bool read_shape(struct bytes *in, size_t feature_count, struct shape *shape)
{
    uint32_t layers = bytes_u32(in), activation = bytes_u32(in);
    bool sane = layers >= 1 && layers <= ANN_LAYERS_MAX && activation == ANN_TANH;

    for (size_t i = 0; i < ANN_LAYERS_MAX; i++) {
        shape->width[i] = bytes_u32(in);
        sane = sane && (i < layers ? shape->width[i] >= 1 && shape->width[i] <= ANN_WIDTH_MAX
                                   : shape->width[i] == 0);
    }
    shape->features = feature_count;
    shape->layers = layers;
    return sane && !in->failed && feature_count > 0;
}

/* Doubles that the state keeps. */
static size_t kept_count(const struct shape *shape)
{
    size_t count = 0, inputs = shape->features;

    for (size_t i = 0; i < shape->layers; i++) {
        count += whole_blocks(shape->width[i]) * LANES * (inputs + 1);
        inputs = shape->width[i];
    }
    return count + whole_blocks(inputs) * LANES;
}

/* The next number; false when it is not finite. */
static bool take(struct bytes *in, double *number)
{
    *number = bytes_f64(in);
    return isfinite(*number);
}

/* Reads the neurons of a layer into its blocks, which come in as zeros. */
static bool fill_layer(struct bytes *in, size_t neurons, size_t inputs, double *weights)
{
    bool finite = true;

    for (size_t neuron = 0; neuron < neurons; neuron++) {
        double *lane = weights + neuron / LANES * LANES * (inputs + 1) + neuron % LANES;

        for (size_t i = 1; i <= inputs; i++)
            finite = take(in, &lane[i * LANES]) && finite;
        finite = take(in, &lane[0]) && finite;
    }
    return finite;
}

static bool fill(struct bytes *in, const struct shape *shape, struct ann *ann)
{
    double *weights = ann->weights;
    size_t inputs = shape->features;
    bool finite = true;

    ann->layers = shape->layers;
    for (size_t i = 0; i < shape->layers; i++) {
        size_t blocks = whole_blocks(shape->width[i]);

        finite = fill_layer(in, shape->width[i], inputs, weights) && finite;
        ann->layer[i] = (struct layer){inputs, blocks, weights};
        if (blocks * LANES > ann->widest)
            ann->widest = blocks * LANES;
        weights += blocks * LANES * (inputs + 1);
        inputs = shape->width[i];
    }
    ann->output = weights;
    for (size_t i = 0; i < inputs; i++)
        finite = take(in, &weights[i]) && finite;
    return take(in, &ann->bias) && finite;
}

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    struct bytes in = bytes_of(payload, length);
    struct shape shape;
    struct ann *ann;

    if (!read_shape(&in, feature_count, &shape) ||
        length != ann_payload_length(feature_count, shape.layers, shape.width))
        return -EBADMSG;
    ann = calloc(1, sizeof *ann + kept_count(&shape) * sizeof(double));
    if (!ann)
        return -ENOMEM;
    if (!fill(&in, &shape, ann)) {
        free(ann);
        return -EBADMSG;
    }
    *state = ann;
    return 0;
}

/* One layer reads what the one before wrote: two buffers in turn. */
static size_t scratch_size(const void *state)
{
    const struct ann *ann = state;

    return 2 * ann->widest * sizeof(double);
}

static void run_layer(const struct layer *layer, const double *x, double *value)
{
    const double *weights = layer->weights;

    for (size_t block = 0; block < layer->blocks; block++, value += LANES) {
        ann_pair first = ann_pair_load(weights), second = ann_pair_load(weights + 2);

        weights += LANES;
        for (size_t i = 0; i < layer->inputs; i++, weights += LANES) {
            first += x[i] * ann_pair_load(weights);
            second += x[i] * ann_pair_load(weights + 2);
        }
        ann_pair_store(value, ann_pair_tanh(first));
        ann_pair_store(value + 2, ann_pair_tanh(second));
    }
}

static double run_output(const struct ann *ann, const double *x)
{
    size_t count = ann->layer[ann->layers - 1].blocks * LANES;
    ann_pair first = {0}, second = {0};

    for (size_t i = 0; i < count; i += LANES) {
        first += ann_pair_load(x + i) * ann_pair_load(ann->output + i);
        second += ann_pair_load(x + i + 2) * ann_pair_load(ann->output + i + 2);
    }
    first += second;
    return first[0] + first[1] + ann->bias;
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    const struct ann *ann = state;
    double *buffer[] = {scratch, (double *)scratch + ann->widest};

    (void)spread;
    for (size_t i = 0; i < ann->layers; i++) {
        run_layer(&ann->layer[i], x, buffer[i % 2]);
        x = buffer[i % 2];
    }
    *value = run_output(ann, x);
    return isfinite(*value) ? 0 : -ERANGE;
}

const struct precopyml_predictor_ops predictor_ann = {
    PRECOPYML_PREDICTOR_OPS_INIT,
    "ann",
    "multi-layer perceptron",
    load,
    scratch_size,
    predict,
    free,
};
