/* SPDX-License-Identifier: MIT */
/* Seconds of a clock that never falls, of any origin. */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

static inline double clock_of(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
