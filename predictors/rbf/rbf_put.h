/* SPDX-License-Identifier: MIT */
/* The writer to rbf.h's reader. */
#ifndef RBF_PUT_H
#define RBF_PUT_H

#include "bytes_write.h"
#include "rbf.h"

struct rbf_parts {
    uint64_t varying;
    size_t inputs; /* bits in `varying` */
    double gamma;
    size_t vectors;
    size_t outputs;
    const double *offset;      /* [outputs] */
    const double *vector;      /* [vectors][inputs] */
    const double *coefficient; /* [outputs][vectors] */
};

static inline void rbf_put_numbers(struct bytes_out *out, const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes_put_f64(out, numbers[i]);
}

static inline void rbf_put(struct bytes_out *out, const struct rbf_parts *parts)
{
    bytes_put_u64(out, parts->varying);
    bytes_put_f64(out, parts->gamma);
    bytes_put_u64(out, parts->vectors);
    rbf_put_numbers(out, parts->offset, parts->outputs);
    rbf_put_numbers(out, parts->vector, parts->vectors * parts->inputs);
    rbf_put_numbers(out, parts->coefficient, parts->outputs * parts->vectors);
}

#endif
