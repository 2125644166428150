/* SPDX-License-Identifier: MIT
 *
 * Reproducible memory contents.
 */
#define _GNU_SOURCE
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

uint64_t memory_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

void *memory_map(size_t size)
{
    void *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED) {
        perror("memory_map");
        exit(1);
    }
    return region;
}

/* A page starts from its own mixed number and goes on by a cheap recurrence: filling must not take
 * the boot's time. */
void memory_fill(uint64_t *region, size_t size, uint64_t seed)
{
    for (size_t page = 0; page < size / page_size; page++) {
        uint64_t word = memory_mix(seed << 40 ^ page);
        uint64_t *words = region + page * page_words;
        for (size_t i = 0; i < page_words; i++) {
            words[i] = word;
            word = word * 6364136223846793005u + 1442695040888963407u;
        }
    }
}

uint64_t memory_hash(const uint64_t *region, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size / 8; i++)
        hash = (hash ^ region[i]) * 0x100000001b3u;
    return hash;
}
