/* SPDX-License-Identifier: MIT */
/*
 * For the author of a predictor: the inference half, which libprecopyml runs.
 *
 * A predictor turns a row of numbers into one number. The library does everything around it: picks
 * the features that the model names, transforms and scales them as the model says, and turns the
 * result back into seconds. Register once, before a model that names the predictor is loaded:
 *
 *     static const struct precopyml_predictor_ops table = {
 *         PRECOPYML_PREDICTOR_OPS_INIT, "table", "quantile table", load, NULL, predict, destroy};
 *     precopyml_predictor_register(&table);
 *
 * The training half is in precopyml-train.h; examples/quantile_table.c has both in full.
 */
#ifndef PRECOPYML_PREDICTOR_H
#define PRECOPYML_PREDICTOR_H

#include <precopyml.h>

#ifdef __cplusplus
extern "C" {
#endif

struct precopyml_predictor_ops {
    size_t size;         /* PRECOPYML_PREDICTOR_OPS_INIT */
    const char *name;    /* [a-z0-9-]{1,31}, unique */
    const char *summary; /* one line */

    /*
     * Builds the immutable state from a model's payload, which came from an untrusted file: check
     * every count against `length` before use. The payload is 8-byte aligned and stays valid and
     * unchanged as long as the state, so the state may point into it, or be it. 0, -EBADMSG or
     * -ENOMEM; after an error `destroy` is not called.
     */
    int (*load)(const void *payload, size_t length, size_t feature_count, void **state);

    /*
     * Bytes of scratch memory that one predict needs; NULL: none. It is aligned as malloc aligns,
     * and what is in it means nothing.
     */
    size_t (*scratch_size)(const void *state);

    /*
     * `x` is feature_count finite numbers, of any size. Writes *value, and *spread where the
     * predictor has one (it comes in as NaN). The same x gives the same bits. No allocation, locks
     * or I/O; the state is shared by threads, `scratch` is not. 0, or -ERANGE: the value is not
     * finite.
     */
    int (*predict)(const void *state, void *scratch, const double *x, double *value,
                   double *spread);

    /* Frees the state; NULL: nothing to free. */
    void (*destroy)(void *state);
};
#define PRECOPYML_PREDICTOR_OPS_INIT sizeof(struct precopyml_predictor_ops)

/*
 * Adds a predictor for the rest of the process; `ops` must stay valid. -EINVAL malformed, -E2BIG
 * from a newer caller, -EEXIST the name is taken, -ENOSPC over 32 of them. Thread-safety: any
 * thread.
 */
PRECOPYML_API int precopyml_predictor_register(const struct precopyml_predictor_ops *ops);

#ifdef __cplusplus
}
#endif

#endif
