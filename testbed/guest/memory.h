/* SPDX-License-Identifier: MIT
 *
 * Memory that is no zero page and whose contents anybody can recompute.
 */
#ifndef PRECOPYML_GUEST_MEMORY_H
#define PRECOPYML_GUEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

enum { page_size = 4096, page_words = page_size / 8 };

/* One step of a fixed 64-bit permutation: a different nonzero word for each different argument but
 * one. */
uint64_t memory_mix(uint64_t value);

/* Anonymous memory shared with children. Ends the program when there is none. */
void *memory_map(size_t size);

/* Fills the region with pseudo-random words of this seed. */
void memory_fill(uint64_t *region, size_t size, uint64_t seed);

uint64_t memory_hash(const uint64_t *region, size_t size);

#endif
