/* SPDX-License-Identifier: MIT */
/* The random numbers of one run: a stream of its own, so that threads and order do not matter. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

#include <gsl/gsl_rng.h>

/* The stream of run number `run` of a seed; runs of one seed never share one. NULL: no memory. */
gsl_rng *random_stream(uint64_t seed, uint32_t run);

/* Uniform between the two; `low` itself when they are equal. */
double random_between(gsl_rng *rng, double low, double high);

/* Lognormal, by its median; 0 when that is 0. */
double random_lognormal(gsl_rng *rng, double median, double sigma);

/* How many of `count` things happen that each happen with this probability. */
double random_binomial(gsl_rng *rng, double count, double probability);

#endif
