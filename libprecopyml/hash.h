/* SPDX-License-Identifier: MIT */
/*
 * FNV-1a, 64 bits: tells two data sets, or two models, apart. It is no protection against somebody
 * who wants two to collide.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t length)
{
    const unsigned char *byte = data;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Of the number's bits, lowest byte first whatever the machine's order. */
static inline uint64_t hash_double(uint64_t hash, double value)
{
    unsigned char byte[sizeof value];
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    for (size_t i = 0; i < sizeof byte; i++)
        byte[i] = (unsigned char)(bits >> 8 * i);
    return hash_bytes(hash, byte, sizeof byte);
}

#endif
