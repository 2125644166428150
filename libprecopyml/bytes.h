/* SPDX-License-Identifier: MIT */
/*
 * A cursor over untrusted little-endian bytes. A read past the end yields zero and leaves the
 * cursor failed for good, so a reader takes a whole record and checks once.
 */
#ifndef BYTES_H
#define BYTES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const unsigned char *at;
    size_t left;
    bool failed;
};

static inline struct bytes bytes_of(const void *data, size_t length)
{
    return (struct bytes){data, length, false};
}

/* The next `count` bytes, or NULL. */
static inline const unsigned char *bytes_take(struct bytes *bytes, size_t count)
{
    const unsigned char *at = bytes->at;

    if (bytes->failed || count > bytes->left) {
        bytes->failed = true;
        return NULL;
    }
    bytes->at += count;
    bytes->left -= count;
    return at;
}

/* Of four bytes that are there. */
static inline uint32_t bytes_u32_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t bytes_u32(struct bytes *bytes)
{
    const unsigned char *at = bytes_take(bytes, 4);

    return at ? bytes_u32_at(at) : 0;
}

static inline uint64_t bytes_u64(struct bytes *bytes)
{
    const unsigned char *at = bytes_take(bytes, 8);

    return at ? bytes_u32_at(at) | (uint64_t)bytes_u32_at(at + 4) << 32 : 0;
}

/* An IEEE-754 double by its bits; may be anything, NaN and infinity included. */
static inline double bytes_f64(struct bytes *bytes)
{
    uint64_t bits = bytes_u64(bytes);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Whether all that is left is finite doubles. */
static inline bool bytes_are_finite(struct bytes numbers)
{
    bool finite = true;

    while (numbers.left > 0 && finite)
        finite = isfinite(bytes_f64(&numbers));
    return finite;
}

#endif
