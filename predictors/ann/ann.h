/* SPDX-License-Identifier: MIT */
/*
 * Payload of a multi-layer perceptron's head, little-endian:
 *
 *     u32 layers                 hidden ones, 1 to ANN_LAYERS_MAX
 *     u32 activation             of the hidden neurons: ANN_TANH
 *     u32 width[ANN_LAYERS_MAX]  neurons of each hidden layer, 1 to ANN_WIDTH_MAX; 0 past the last
 *     then, neuron by neuron, layer by layer, the one output neuron last:
 *         f64 weight[inputs]     inputs: the features (at least one), or the layer before
 *         f64 bias
 *
 * A hidden neuron's value is tanh(sum of weight[i] input[i] + bias), the output neuron's, which is
 * the head's, that sum itself. FANN computes the same with FANN_SIGMOID_SYMMETRIC hidden and
 * FANN_LINEAR output neurons, every steepness s multiplied into weights and bias. It also cuts sums
 * at +-150: too far out to change a tanh, and not imitated for the output.
 */
#ifndef ANN_H
#define ANN_H

#include <stddef.h>
#include <stdint.h>

enum { ANN_LAYERS_MAX = 4, ANN_WIDTH_MAX = 256, ANN_HEADER_LENGTH = 8 + 4 * ANN_LAYERS_MAX };
enum { ANN_TANH };

/* Weights and biases; `width` has a number a layer. */
static inline size_t ann_parameter_count(size_t features, size_t layers, const uint32_t *width)
{
    size_t count = 0, inputs = features;

    for (size_t i = 0; i < layers; i++) {
        count += width[i] * (inputs + 1);
        inputs = width[i];
    }
    return count + inputs + 1;
}

static inline size_t ann_payload_length(size_t features, size_t layers, const uint32_t *width)
{
    return ANN_HEADER_LENGTH + ann_parameter_count(features, layers, width) * sizeof(double);
}

#endif
