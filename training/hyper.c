/* SPDX-License-Identifier: MIT */
#include "hyper.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "train_error.h"

static size_t count_choices(const struct precopyml_trainer_option *option)
{
    size_t count = 0;

    while (option->choices && option->choices[count])
        count++;
    return count;
}

bool hyper_allows(const struct precopyml_trainer_option *option, double value)
{
    if (option->choices)
        return value >= 0 && value < (double)count_choices(option) && value == trunc(value);
    return value >= option->min && value <= option->max &&
           (!option->integer || value == trunc(value));
}

static int parse_value(const struct precopyml_trainer_option *option, const char *text,
                       double *value)
{
    for (size_t i = 0; option->choices && option->choices[i]; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            *value = (double)i;
            return 0;
        }
    }
    if (option->choices)
        return train_error(-EINVAL, "option %s: \"%s\" is none of its words (%s, ...)",
                           option->name, text, option->choices[0]);
    if (!decimal_parse(text, strlen(text), value) || !hyper_allows(option, *value))
        return train_error(-EINVAL, "option %s: \"%s\" is not a%s number from %g to %g",
                           option->name, text, option->integer ? " whole" : "", option->min,
                           option->max);
    return 0;
}

/* One "name=value". */
static int parse_part(const struct precopyml_trainer_ops *ops, char *part, struct hyper *fixed)
{
    char *value = strchr(part, '=');

    if (value)
        *value++ = '\0';
    for (size_t i = 0; i < fixed->count; i++) {
        if (strcmp(ops->options[i].name, part) != 0)
            continue;
        if (!value)
            return train_error(-EINVAL, "option %s: no value", part);
        if (!isnan(fixed->value[i]))
            return train_error(-EINVAL, "option %s: given twice", part);
        return parse_value(&ops->options[i], value, &fixed->value[i]);
    }
    return train_error(-EINVAL, "predictor %s has no option \"%s\"", ops->name, part);
}

int hyper_parse(const struct precopyml_trainer_ops *ops, const char *text, struct hyper *fixed)
{
    char *copy, *part, *rest;
    int error = 0;

    *fixed = (struct hyper){0};
    while (ops->options && ops->options[fixed->count].name)
        fixed->value[fixed->count++] = NAN;
    if (!text)
        return 0;
    copy = rest = strdup(text);
    if (!copy)
        return train_no_memory();
    while (!error && (part = strsep(&rest, ",")) != NULL)
        error = parse_part(ops, part, fixed);
    free(copy);
    return error;
}

size_t hyper_combinations(const struct precopyml_trainer_ops *ops, const struct hyper *fixed)
{
    size_t product = 1;

    for (size_t i = 0; i < fixed->count; i++)
        product *= isnan(fixed->value[i]) ? ops->options[i].grid_count : 1;
    return product;
}

struct hyper hyper_combination(const struct precopyml_trainer_ops *ops, const struct hyper *fixed,
                               size_t i)
{
    struct hyper chosen = *fixed;

    for (size_t j = fixed->count; j-- > 0;) {
        const struct precopyml_trainer_option *option = &ops->options[j];

        if (isnan(fixed->value[j])) {
            chosen.value[j] = option->grid[i % option->grid_count];
            i /= option->grid_count;
        }
    }
    return chosen;
}
