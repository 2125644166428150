/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <math.h>

#include <gsl/gsl_randist.h>

/* Mixes all bits; different numbers stay different. */
static uint32_t mix(uint32_t x)
{
    x = (x ^ x >> 16) * 0x85ebca6bu;
    x = (x ^ x >> 13) * 0xc2b2ae35u;
    return x ^ x >> 16;
}

gsl_rng *random_stream(uint64_t seed, uint32_t run)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

    /* GSL takes 32 bits of seed. */
    if (rng != NULL)
        gsl_rng_set(rng, mix(mix((uint32_t)seed ^ mix((uint32_t)(seed >> 32))) + run));
    return rng;
}

double random_between(gsl_rng *rng, double low, double high)
{
    return high > low ? low + (high - low) * gsl_rng_uniform(rng) : low;
}

double random_lognormal(gsl_rng *rng, double median, double sigma)
{
    return median > 0 ? gsl_ran_lognormal(rng, log(median), sigma) : 0.0;
}

double random_binomial(gsl_rng *rng, double count, double probability)
{
    if (!(count >= 1) || !(probability > 0))
        return 0.0;
    if (probability >= 1)
        return count;
    return gsl_ran_binomial(rng, probability, (unsigned)fmin(count, 4294967295.0));
}
