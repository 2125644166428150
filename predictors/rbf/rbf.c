/* SPDX-License-Identifier: MIT */
#include "rbf.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "rbf_block.h"

struct rbf {
    struct rbf_blocks blocks;
    rbf_sum_fn *sum;
    unsigned char input[RBF_INPUTS_MAX]; /* which features count */
    double offset[RBF_OUTPUTS_MAX];
};

bool rbf_use(struct rbf *rbf, enum rbf_path path)
{
    if (path == RBF_PORTABLE) {
        rbf->sum = rbf_sum_portable;
        return true;
    }
#ifdef __x86_64__
    if (path == RBF_AVX2 && __builtin_cpu_supports("avx2")) {
        rbf->sum = rbf_sum_avx2;
        return true;
    }
#endif
    return false;
}

/* Which inputs count, into `input`; returns how many. */
static size_t list_inputs(uint64_t varying, unsigned char *input)
{
    size_t count = 0;

    for (unsigned char i = 0; i < RBF_INPUTS_MAX; i++) {
        if (varying >> i & 1)
            input[count++] = i;
    }
    return count;
}

/* The state with everything but the blocks' numbers, or NULL: out of memory. */
static struct rbf *rbf_alloc(const struct rbf_blocks *layout)
{
    size_t doubles = layout->count * RBF_LANES * (layout->features + layout->outputs);
    struct rbf *rbf = malloc(sizeof *rbf + RBF_ALIGNMENT + doubles * sizeof(double));
    uintptr_t end;

    if (!rbf)
        return NULL;
    *rbf = (struct rbf){.blocks = *layout};
    end = (uintptr_t)(rbf + 1);
    rbf->blocks.data = (double *)((end + RBF_ALIGNMENT - 1) / RBF_ALIGNMENT * RBF_ALIGNMENT);
    for (size_t i = 0; i < doubles; i++)
        rbf->blocks.data[i] = 0.0;
    return rbf;
}

/* Where the numbers of support vector i begin: RBF_LANES apart. */
static double *lane_of(struct rbf *rbf, size_t i)
{
    size_t rows = rbf->blocks.features + rbf->blocks.outputs;

    return rbf->blocks.data + i / RBF_LANES * rows * RBF_LANES + i % RBF_LANES;
}

static void fill(struct rbf *rbf, size_t vectors, struct bytes in)
{
    size_t features = rbf->blocks.features;

    for (size_t i = 0; i < rbf->blocks.outputs; i++)
        rbf->offset[i] = bytes_f64(&in);
    for (size_t i = 0; i < vectors; i++) {
        for (size_t j = 0; j < features; j++)
            lane_of(rbf, i)[j * RBF_LANES] = bytes_f64(&in);
    }
    for (size_t j = 0; j < rbf->blocks.outputs; j++) {
        for (size_t i = 0; i < vectors; i++)
            lane_of(rbf, i)[(features + j) * RBF_LANES] = bytes_f64(&in);
    }
}

int rbf_load(struct bytes in, size_t outputs, size_t feature_count, struct rbf **rbf)
{
    uint64_t varying = bytes_u64(&in);
    struct rbf_blocks layout = {.outputs = outputs, .gamma = bytes_f64(&in)};
    uint64_t vectors = bytes_u64(&in);
    unsigned char input[RBF_INPUTS_MAX];
    struct bytes numbers = in;
    size_t row_length;

    layout.features = list_inputs(varying, input);
    row_length = (layout.features + outputs) * sizeof(double);
    if (outputs == 0 || outputs > RBF_OUTPUTS_MAX || feature_count > RBF_INPUTS_MAX ||
        (feature_count < RBF_INPUTS_MAX && varying >> feature_count != 0) ||
        !(layout.gamma > 0.0) || (vectors > 0 && layout.features == 0))
        return -EBADMSG;
    bytes_take(&in, outputs * sizeof(double));
    if (in.failed || in.left / row_length != vectors || in.left % row_length != 0 ||
        !isfinite(layout.gamma) || !bytes_are_finite(numbers))
        return -EBADMSG;
    layout.count = (size_t)((vectors + RBF_LANES - 1) / RBF_LANES);
    *rbf = rbf_alloc(&layout);
    if (!*rbf)
        return -ENOMEM;
    memcpy((*rbf)->input, input, layout.features);
    fill(*rbf, (size_t)vectors, numbers);
    if (!rbf_use(*rbf, RBF_AVX2))
        rbf_use(*rbf, RBF_PORTABLE);
    return 0;
}

size_t rbf_outputs(const struct rbf *rbf)
{
    return rbf->blocks.outputs;
}

void rbf_evaluate(const struct rbf *rbf, const double *x, double *output)
{
    _Alignas(RBF_ALIGNMENT) double sums[RBF_OUTPUTS_MAX * RBF_LANES];
    double inputs[RBF_INPUTS_MAX];
    size_t outputs = rbf->blocks.outputs;

    for (size_t i = 0; i < rbf->blocks.features; i++)
        inputs[i] = x[rbf->input[i]];
    for (size_t i = 0; i < outputs * RBF_LANES; i++)
        sums[i] = 0.0;
    rbf->sum(&rbf->blocks, inputs, sums);
    for (size_t i = 0; i < outputs; i++) {
        const double *lane = sums + i * RBF_LANES;

        output[i] = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + rbf->offset[i];
    }
}
