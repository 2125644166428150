/* SPDX-License-Identifier: MIT */
#ifndef JSON_GET_H
#define JSON_GET_H

#include <jansson.h>
#include <math.h>

/* The member as a number; NaN when it is not there or not a number. */
static inline double json_get_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

#endif
