/* SPDX-License-Identifier: MIT */
/*
 * What one forecast of a perceptron costs in nanoseconds, ours beside fann_run() on the same net
 * and inputs, taken in turn in one run; and how far the two ever are apart.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <doublefann.h>

#include "ann.h"
#include "bytes_write.h"
#include "measure.h"
#include "registry.h"

/* A sample is the mean of a few calls: the clock's own cost would weigh on a single one. */
enum { SAMPLES = 100000, CALLS = 10, QUESTIONS = 1024, INPUTS_MAX = 16, PARAMETERS_MAX = 4096 };

struct contest {
    size_t inputs;
    size_t layers;
    uint32_t width[ANN_LAYERS_MAX];
};

/* The committees that training makes (5 members of 4, 8 and 16), a member alone, and a deep net. */
static const struct contest contests[] = {
    {4, 1, {8}}, {4, 1, {20}}, {4, 1, {40}}, {4, 1, {80}}, {8, 1, {40}}, {4, 2, {16, 16}},
};

struct sides {
    struct fann *fann;
    const struct precopyml_predictor_ops *ops;
    void *state;
    void *scratch;
};

static void report(const char *name, const struct contest *contest, double *times)
{
    qsort(times, SAMPLES, sizeof times[0], ascending);
    printf("{\"call\":\"%s\",\"inputs\":%zu,\"hidden\":[", name, contest->inputs);
    for (size_t i = 0; i < contest->layers; i++)
        printf("%s%u", i ? "," : "", contest->width[i]);
    printf("],\"calls\":%d,\"p50_ns\":%.1f,\"p99_ns\":%.1f}\n", SAMPLES * CALLS, times[SAMPLES / 2],
           times[SAMPLES / 100 * 99]);
}

static void build(const struct contest *contest, uint64_t *seed, struct sides *sides)
{
    unsigned sizes[ANN_LAYERS_MAX + 2] = {(unsigned)contest->inputs};
    struct fann_connection connections[PARAMETERS_MAX];
    struct bytes_out out = {0};
    unsigned count;

    for (size_t i = 0; i < contest->layers; i++)
        sizes[i + 1] = contest->width[i];
    sizes[contest->layers + 1] = 1;
    sides->fann = fann_create_standard_array((unsigned)contest->layers + 2, sizes);
    sides->ops = registry_find("ann");
    if (!sides->fann || !sides->ops)
        exit(1);
    fann_set_activation_function_hidden(sides->fann, FANN_SIGMOID_SYMMETRIC);
    fann_set_activation_function_output(sides->fann, FANN_LINEAR);
    fann_set_activation_steepness_hidden(sides->fann, 1);
    fann_set_activation_steepness_output(sides->fann, 1);
    count = fann_get_total_connections(sides->fann);
    fann_get_connection_array(sides->fann, connections);
    bytes_put_u32(&out, (uint32_t)contest->layers);
    bytes_put_u32(&out, ANN_TANH);
    for (size_t i = 0; i < ANN_LAYERS_MAX; i++)
        bytes_put_u32(&out, contest->width[i]);
    for (unsigned i = 0; i < count; i++) {
        connections[i].weight = 2 * uniform(seed) - 1;
        bytes_put_f64(&out, connections[i].weight);
    }
    fann_set_weight_array(sides->fann, connections, count);
    if (out.failed || sides->ops->load(out.data, out.length, contest->inputs, &sides->state) != 0 ||
        !(sides->scratch = malloc(sides->ops->scratch_size(sides->state))))
        exit(1);
    free(out.data);
}

/* Alternating, so that whatever slows the machine meanwhile slows both. */
static double run(const struct contest *contest, const struct sides *sides, uint64_t *seed,
                  double *ours, double *fanns)
{
    static double x[QUESTIONS][INPUTS_MAX];
    double apart = 0;

    for (size_t i = 0; i < QUESTIONS; i++) {
        for (size_t j = 0; j < contest->inputs; j++)
            x[i][j] = 4 * uniform(seed) - 2;
    }
    for (size_t i = 0; i < SAMPLES; i++) {
        double value[CALLS] = {0}, wanted[CALLS], spread, start = nanoseconds();

        for (size_t j = 0; j < CALLS; j++)
            sides->ops->predict(sides->state, sides->scratch, x[(i * CALLS + j) % QUESTIONS],
                                &value[j], &spread);
        ours[i] = (nanoseconds() - start) / CALLS;
        start = nanoseconds();
        for (size_t j = 0; j < CALLS; j++)
            wanted[j] = *fann_run(sides->fann, x[(i * CALLS + j) % QUESTIONS]);
        fanns[i] = (nanoseconds() - start) / CALLS;
        for (size_t j = 0; j < CALLS; j++)
            apart = fmax(apart, fabs(value[j] - wanted[j]));
    }
    return apart;
}

int main(void)
{
    double *ours = malloc(SAMPLES * sizeof *ours), *fanns = malloc(SAMPLES * sizeof *fanns);
    uint64_t seed = 1;

    if (!ours || !fanns)
        return 1;
    for (size_t i = 0; i < sizeof contests / sizeof contests[0]; i++) {
        struct sides sides;
        double apart;

        build(&contests[i], &seed, &sides);
        apart = run(&contests[i], &sides, &seed, ours, fanns);
        report("ann", &contests[i], ours);
        report("fann_run", &contests[i], fanns);
        printf("{\"speedup_p50\":%.2f,\"greatest_difference\":%.2g}\n",
               fanns[SAMPLES / 2] / ours[SAMPLES / 2], apart);
        sides.ops->destroy(sides.state);
        free(sides.scratch);
        fann_destroy(sides.fann);
    }
    free(ours);
    free(fanns);
    return 0;
}
