/* SPDX-License-Identifier: MIT */
#include "ann_net.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What FANN's format wants before the neurons; what matters here is said by name below. */
static const char preamble[] = "FANN_FLO_2.1\n"
                               "num_layers=3\n"
                               "learning_rate=7e-1\n"
                               "connection_rate=1\n"
                               "network_type=0\n"
                               "learning_momentum=0\n"
                               "training_algorithm=2\n"
                               "train_error_function=0\n"
                               "train_stop_function=0\n"
                               "cascade_output_change_fraction=1e-2\n"
                               "quickprop_decay=-1e-4\n"
                               "quickprop_mu=175e-2\n"
                               "rprop_increase_factor=12e-1\n"
                               "rprop_decrease_factor=5e-1\n"
                               "rprop_delta_min=0\n"
                               "rprop_delta_max=50\n"
                               "rprop_delta_zero=1e-1\n"
                               "cascade_output_stagnation_epochs=12\n"
                               "cascade_candidate_change_fraction=1e-2\n"
                               "cascade_candidate_stagnation_epochs=12\n"
                               "cascade_max_out_epochs=150\n"
                               "cascade_min_out_epochs=50\n"
                               "cascade_max_cand_epochs=150\n"
                               "cascade_min_cand_epochs=50\n"
                               "cascade_num_candidate_groups=2\n"
                               "bit_fail_limit=35e-2\n"
                               "cascade_candidate_limit=1000\n"
                               "cascade_weight_multiplier=4e-1\n"
                               "cascade_activation_functions_count=1\n"
                               "cascade_activation_functions=5 \n"
                               "cascade_activation_steepnesses_count=1\n"
                               "cascade_activation_steepnesses=5e-1 \n";

static void describe_neurons(FILE *out, size_t inputs, size_t hidden)
{
    fprintf(out, "neurons (num_inputs, activation_function, activation_steepness)=");
    for (size_t i = 0; i <= inputs; i++) /* one bias a layer, also the last */
        fprintf(out, "(0, 0, 0) ");
    for (size_t i = 0; i < hidden; i++)
        fprintf(out, "(%zu, %d, 1) ", inputs + 1, (int)FANN_SIGMOID_SYMMETRIC);
    fprintf(out, "(0, %d, 1) ", (int)FANN_SIGMOID_SYMMETRIC);
    fprintf(out, "(%zu, %d, 1) (0, %d, 1) \n", hidden + 1, (int)FANN_LINEAR, (int)FANN_LINEAR);
}

/* Every neuron takes all of the layer before, the bias last. */
static void describe_connections(FILE *out, size_t inputs, size_t hidden)
{
    fprintf(out, "connections (connected_to_neuron, weight)=");
    for (size_t i = 0; i < hidden; i++) {
        for (size_t from = 0; from <= inputs; from++)
            fprintf(out, "(%zu, 0) ", from);
    }
    for (size_t from = 0; from <= hidden; from++)
        fprintf(out, "(%zu, 0) ", inputs + 1 + from);
    fprintf(out, "\n");
}

/* The net as a file of FANN's would describe it; to be freed. NULL: no memory. */
static char *describe(size_t inputs, size_t hidden, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    if (!out)
        return NULL;
    fprintf(out, "%s", preamble);
    fprintf(out, "layer_sizes=%zu %zu 2 \nscale_included=0\n", inputs + 1, hidden + 1);
    describe_neurons(out, inputs, hidden);
    describe_connections(out, inputs, hidden);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

struct fann *ann_net_create(size_t inputs, size_t hidden)
{
    size_t length;
    char *text = describe(inputs, hidden, &length);
    FILE *in = text ? fmemopen(text, length, "r") : NULL;
    struct fann *net = in ? fann_create_from_fd(in, "memory") : NULL;

    if (in)
        fclose(in);
    free(text);
    if (!net)
        return NULL;
    fann_set_error_log((struct fann_error *)net, NULL);
    fann_set_training_algorithm(net, FANN_TRAIN_RPROP);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    /* FANN would get this at the first use, and use it without a look whether it did. */
    net->train_errors = calloc(net->total_neurons, sizeof *net->train_errors);
    if (!net->train_errors || !ann_net_restart(net)) {
        fann_destroy(net);
        return NULL;
    }
    return net;
}

bool ann_net_restart(struct fann *net)
{
    fann_clear_train_arrays(net);
    return net->train_slopes && net->prev_steps && net->prev_train_slopes;
}

size_t ann_net_weight_count(struct fann *net)
{
    return fann_get_total_connections(net);
}

void ann_net_set_weights(struct fann *net, struct fann_connection *work, const double *weights)
{
    size_t count = ann_net_weight_count(net);

    fann_get_connection_array(net, work);
    for (size_t i = 0; i < count; i++)
        work[i].weight = weights[i];
    fann_set_weight_array(net, work, (unsigned)count);
}

void ann_net_get_weights(struct fann *net, struct fann_connection *work, double *weights)
{
    size_t count = ann_net_weight_count(net);

    fann_get_connection_array(net, work);
    for (size_t i = 0; i < count; i++)
        weights[i] = work[i].weight;
}

int ann_net_check_variant(void)
{
    static const double weights[] = {0.75, -0.5, 1.25, 0.125}; /* w, bias; w, bias */
    double input[] = {0.3};
    double wanted = weights[2] * tanh(weights[0] * input[0] + weights[1]) + weights[3];
    struct fann_connection work[4];
    struct fann *net = ann_net_create(1, 1);
    int error = -EINVAL;

    if (!net)
        return -ENOMEM;
    if (ann_net_weight_count(net) == 4) {
        ann_net_set_weights(net, work, weights);
        if (fabs(*fann_run(net, input) - wanted) < 1e-12)
            error = 0;
    }
    fann_destroy(net);
    return error;
}
