/* SPDX-License-Identifier: MIT */
/* Random numbers of our own: the same on every machine (xorshift). */
#ifndef RANDOM_NUMBERS_H
#define RANDOM_NUMBERS_H

#include <stdint.h>

static uint64_t random_state = 88172645463325252u;

static inline uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static inline double random_unit(void)
{
    return (double)(random_bits() >> 11) * 0x1p-53;
}

static inline double random_between(double least, double most)
{
    return least + (most - least) * random_unit();
}

#endif
