/* SPDX-License-Identifier: MIT */
#include "registry.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

enum { REGISTERED_MAX = 32, NAME_MAX_LENGTH = 31, OPS_MAX_SIZE = 1024 };

/*
 * Entries are only ever added, each before the count that covers it is released, so readers need
 * no lock.
 */
static const struct precopyml_predictor_ops *registered[REGISTERED_MAX];
static atomic_size_t registered_count;
static atomic_flag adding = ATOMIC_FLAG_INIT;

static const struct precopyml_predictor_ops *predictor_at(size_t index)
{
    size_t builtin = 0;

    for (; builtin_predictors[builtin]; builtin++) {
        if (builtin == index)
            return builtin_predictors[builtin];
    }
    index -= builtin;
    return index < atomic_load_explicit(&registered_count, memory_order_acquire) ? registered[index]
                                                                                 : NULL;
}

const struct precopyml_predictor_ops *registry_find(const char *name)
{
    const struct precopyml_predictor_ops *ops;

    for (size_t i = 0; (ops = predictor_at(i)); i++) {
        if (strcmp(ops->name, name) == 0)
            return ops;
    }
    return NULL;
}

static bool is_name(const char *name)
{
    size_t length = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

    return length > 0 && length <= NAME_MAX_LENGTH && name[length] == '\0';
}

/* A newer author's ops are welcome as long as they ask for nothing this library does not know. */
static int check_ops(const struct precopyml_predictor_ops *ops)
{
    if (!ops || ops->size < sizeof *ops || ops->size > OPS_MAX_SIZE)
        return error_set(-EINVAL, "predictor ops of an impossible size");
    for (size_t i = sizeof *ops; i < ops->size; i++) {
        if (((const unsigned char *)ops)[i] != 0)
            return error_set(-E2BIG, "predictor ops ask for more than this library knows");
    }
    if (!is_name(ops->name))
        return error_set(-EINVAL, "a predictor's name is 1 to 31 of a-z, 0-9 and -");
    if (!ops->summary || !ops->load || !ops->predict)
        return error_set(-EINVAL, "predictor '%s' lacks summary, load or predict", ops->name);
    return 0;
}

int precopyml_predictor_register(const struct precopyml_predictor_ops *ops)
{
    int error = check_ops(ops);
    size_t count;

    if (error)
        return error;
    while (atomic_flag_test_and_set_explicit(&adding, memory_order_acquire))
        ;
    count = atomic_load_explicit(&registered_count, memory_order_relaxed);
    if (registry_find(ops->name)) {
        error = error_set(-EEXIST, "a predictor named '%s' exists", ops->name);
    } else if (count == REGISTERED_MAX) {
        error = error_set(-ENOSPC, "over %d predictors registered", REGISTERED_MAX);
    } else {
        registered[count] = ops;
        atomic_store_explicit(&registered_count, count + 1, memory_order_release);
    }
    atomic_flag_clear_explicit(&adding, memory_order_release);
    return error;
}

const char *precopyml_predictor_name(size_t i)
{
    const struct precopyml_predictor_ops *ops = predictor_at(i);

    return ops ? ops->name : NULL;
}

const char *precopyml_predictor_summary(size_t i)
{
    const struct precopyml_predictor_ops *ops = predictor_at(i);

    return ops ? ops->summary : NULL;
}
