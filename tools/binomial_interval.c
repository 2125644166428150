/* SPDX-License-Identifier: MIT */
#include "binomial_interval.h"

#include <gsl/gsl_cdf.h>

struct binomial_interval binomial_interval(size_t hits, size_t trials, double confidence)
{
    double tail = (1.0 - confidence) / 2.0, k = (double)hits, n = (double)trials;

    return (struct binomial_interval){
        .lower = hits > 0 ? gsl_cdf_beta_Pinv(tail, k, n - k + 1.0) : 0.0,
        .upper = hits < trials ? gsl_cdf_beta_Qinv(tail, k + 1.0, n - k) : 1.0,
    };
}
