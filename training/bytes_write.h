/* SPDX-License-Identifier: MIT */
/*
 * A growing buffer of little-endian bytes, the counterpart of libprecopyml/bytes.h, for model files
 * and predictors' payloads. Running out of memory is remembered: write everything, then look at
 * `failed` once. `data` is the caller's to free, also after a failure.
 */
#ifndef BYTES_WRITE_H
#define BYTES_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bytes_out {
    unsigned char *data;
    size_t length;
    size_t capacity;
    bool failed;
};

static inline void bytes_put(struct bytes_out *out, const void *data, size_t length)
{
    if (length > out->capacity - out->length && !out->failed) {
        size_t capacity = 2 * (out->length + length);
        unsigned char *grown = length < SIZE_MAX / 4 ? realloc(out->data, capacity) : NULL;

        if (grown) {
            out->data = grown;
            out->capacity = capacity;
        } else {
            out->failed = true;
        }
    }
    if (out->failed || length == 0)
        return;
    memcpy(out->data + out->length, data, length);
    out->length += length;
}

static inline void bytes_put_u32(struct bytes_out *out, uint32_t value)
{
    const unsigned char bytes[] = {(unsigned char)value, (unsigned char)(value >> 8),
                                   (unsigned char)(value >> 16), (unsigned char)(value >> 24)};

    bytes_put(out, bytes, sizeof bytes);
}

static inline void bytes_put_u64(struct bytes_out *out, uint64_t value)
{
    bytes_put_u32(out, (uint32_t)value);
    bytes_put_u32(out, (uint32_t)(value >> 32));
}

/* By its bits. */
static inline void bytes_put_f64(struct bytes_out *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    bytes_put_u64(out, bits);
}

#endif
