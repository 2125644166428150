/* SPDX-License-Identifier: MIT */
/*
 * exp() of a whole vector, for arguments from minus infinity to zero. The file that includes this
 * one has defined `vector` (doubles), `vector_bits` (uint64_t, as many) and VECTOR_TARGET.
 *
 * Every lane goes through the same additions and multiplications, none fused, so a result does not
 * depend on how many lanes the processor has. Error: at most 1.2 units in the last place. Below
 * -708, where exp is under 3.4e-308, the result is 0: no denormal numbers, which are slow.
 */
#ifndef VECTOR_EXP_H
#define VECTOR_EXP_H

#define VECTOR_EXP_LEAST (-708.0)

/* 1.5 x 2^52: added to a small number it leaves that number, rounded, in the lowest bits. */
#define VECTOR_EXP_ROUND 0x1.8p52

/* log 2 in two parts; the first has 41 bits, so that its product with an exponent is exact. */
#define VECTOR_EXP_LOG2_HIGH 0x1.62e42fefa3p-1
#define VECTOR_EXP_LOG2_LOW  0x1.3de6af278ece6p-42
#define VECTOR_EXP_PER_LOG2  0x1.71547652b82fep+0

/*
 * exp(x) = 2^n (1 + r + r^2 q(r)) with x = n log 2 + r. q is the polynomial of degree 9 through
 * (exp(r) - 1 - r) / r^2 at the Chebyshev nodes of |r| <= log(2) / 2, where that makes a relative
 * error under 2e-17. Even and odd powers are summed apart: two short chains instead of a long one.
 */
static inline VECTOR_TARGET vector vector_exp(vector x)
{
    vector shifted = x * VECTOR_EXP_PER_LOG2 + VECTOR_EXP_ROUND;
    vector n = shifted - VECTOR_EXP_ROUND;
    vector r = (x - n * VECTOR_EXP_LOG2_HIGH) - n * VECTOR_EXP_LOG2_LOW;
    vector r2 = r * r;
    vector even = 0x1.28917c9f3a495p-22 * r2 + 0x1.a019b914881bap-16;
    vector odd = 0x1.af389eea54156p-26 * r2 + 0x1.71de0db2eb873p-19;
    vector fraction;
    vector_bits power;

    even = even * r2 + 0x1.6c16c17889f3cp-10;
    odd = odd * r2 + 0x1.a01a01a7c2f2cp-13;
    even = even * r2 + 0x1.5555555553d68p-5;
    odd = odd * r2 + 0x1.11111111109b5p-7;
    even = even * r2 + 0x1.0000000000001p-1;
    odd = odd * r2 + 0x1.5555555555556p-3;
    fraction = 1.0 + (r + r2 * (even + r * odd));
    /* n, in the lowest bits of `shifted`, goes to where the exponent of `fraction` is. */
    power = (vector_bits)fraction + ((vector_bits)shifted << 52);
    return (vector)(power & (vector_bits)(x >= VECTOR_EXP_LEAST));
}

#endif
