/* SPDX-License-Identifier: MIT */
/* Values as classes, for tests that compare classes. */
#ifndef BINS_H
#define BINS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Numbers each value's class, 0 to *bins - 1: one class a distinct value when there are at most
 * `wanted` of these, else about equally many values in each, equal values always together. Values
 * are finite. 0 or -ENOMEM.
 */
int bins_make(const double *value, size_t count, uint32_t wanted, uint32_t *bin, uint32_t *bins);

#endif
