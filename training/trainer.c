/* SPDX-License-Identifier: MIT */
#include "trainer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hyper.h"
#include "lineup.h"
#include "train_error.h"

enum { REGISTERED_MAX = 32 };

static const struct precopyml_trainer_ops *registered[REGISTERED_MAX];
static size_t registered_count;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

static const struct precopyml_trainer_ops *at(size_t i)
{
    for (size_t j = 0; builtin_trainers[j]; j++) {
        if (i-- == 0)
            return builtin_trainers[j];
    }
    return i < registered_count ? registered[i] : NULL;
}

const struct precopyml_trainer_ops *precopyml_trainer_at(size_t i)
{
    const struct precopyml_trainer_ops *ops;

    pthread_mutex_lock(&registry_lock);
    ops = at(i);
    pthread_mutex_unlock(&registry_lock);
    return ops;
}

static const struct precopyml_trainer_ops *find(const char *name)
{
    const struct precopyml_trainer_ops *ops;

    for (size_t i = 0; (ops = at(i)) != NULL; i++) {
        if (strcmp(ops->name, name) == 0)
            return ops;
    }
    return NULL;
}

const struct precopyml_trainer_ops *trainer_find(const char *name)
{
    const struct precopyml_trainer_ops *ops;

    pthread_mutex_lock(&registry_lock);
    ops = find(name);
    pthread_mutex_unlock(&registry_lock);
    return ops;
}

int trainer_unknown(const char *name)
{
    const struct precopyml_trainer_ops *ops;
    char known[256] = "";
    size_t used = 0;

    for (size_t i = 0; used < sizeof known && (ops = precopyml_trainer_at(i)) != NULL; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                 ops->name);
    return train_error(-ENOTSUP, "no predictor \"%s\" can be trained; there are %s", name, known);
}

static bool is_option_sane(const struct precopyml_trainer_option *option)
{
    if (!option->meaning || !option->grid || option->grid_count == 0 ||
        strcspn(option->name, "=,") != strlen(option->name))
        return false;
    for (size_t i = 0; i < option->grid_count; i++) {
        if (!hyper_allows(option, option->grid[i]))
            return false;
    }
    return true;
}

static bool is_sane(const struct precopyml_trainer_ops *ops)
{
    if (!ops || ops->size < PRECOPYML_TRAINER_OPS_INIT || !ops->name || !ops->summary || !ops->fit)
        return false;
    for (size_t i = 0; ops->options && ops->options[i].name; i++) {
        if (i == HYPER_MAX || !is_option_sane(&ops->options[i]))
            return false;
    }
    return true;
}

int precopyml_trainer_register(const struct precopyml_trainer_ops *ops)
{
    int error = 0;

    if (!is_sane(ops))
        return train_error(-EINVAL, "malformed trainer ops");
    pthread_mutex_lock(&registry_lock);
    if (find(ops->name) || strcmp(ops->name, LINEUP_NAME) == 0)
        error = train_error(-EEXIST, "there is a trainer \"%s\" already", ops->name);
    else if (registered_count == REGISTERED_MAX)
        error = train_error(-ENOSPC, "over %d trainers", REGISTERED_MAX);
    else
        registered[registered_count++] = ops;
    pthread_mutex_unlock(&registry_lock);
    return error;
}
