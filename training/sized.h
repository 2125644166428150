/* SPDX-License-Identifier: MIT */
/* Structs that begin with their own size, so that callers built with another release still fit. */
#ifndef SIZED_H
#define SIZED_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

/*
 * Copies a caller's struct over one of this library's that holds the defaults. What the caller's
 * lacks keeps its default. 0, -EINVAL, -E2BIG when a tail this library does not know is not zero.
 */
static inline int sized_copy(void *to, size_t to_size, const void *from)
{
    size_t from_size;

    if (!from)
        return -EINVAL;
    memcpy(&from_size, from, sizeof from_size);
    if (from_size < sizeof from_size)
        return -EINVAL;
    for (size_t i = to_size; i < from_size; i++) {
        if (((const unsigned char *)from)[i] != 0)
            return -E2BIG;
    }
    memcpy(to, from, from_size < to_size ? from_size : to_size);
    memcpy(to, &to_size, sizeof to_size);
    return 0;
}

#endif
