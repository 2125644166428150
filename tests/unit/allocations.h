/* SPDX-License-Identifier: MIT */
/*
 * Counts and fails the library's allocations. Needs the linker's
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free; without it allocations_counted() is
 * false. Sees static code only, one thread, and not what libc allocates for itself.
 */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>

static struct {
    long live;          /* allocations not yet freed */
    size_t bytes, peak; /* in use, and the most ever */
    long calls;         /* allocations asked for */
    long failing;       /* number of the call that fails, from 1; 0: none */
} allocations;

void *__real_malloc(size_t size) __attribute__((weak));
void *__real_calloc(size_t count, size_t size) __attribute__((weak));
void *__real_realloc(void *old, size_t size) __attribute__((weak));
void __real_free(void *block) __attribute__((weak));
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);

static inline bool allocations_counted(void)
{
    return __real_malloc != NULL;
}

/* From here on count anew and fail call number `failing`. */
static inline void allocations_begin(long failing)
{
    allocations.live = allocations.calls = 0;
    allocations.bytes = allocations.peak = 0;
    allocations.failing = failing;
}

static inline bool allocations_refuse(void)
{
    return ++allocations.calls == allocations.failing;
}

static inline void *allocations_note(void *block)
{
    if (block) {
        allocations.live++;
        allocations.bytes += malloc_usable_size(block);
        if (allocations.bytes > allocations.peak)
            allocations.peak = allocations.bytes;
    }
    return block;
}

static inline void allocations_forget(void *block)
{
    if (block) {
        allocations.live--;
        allocations.bytes -= malloc_usable_size(block);
    }
}

void *__wrap_malloc(size_t size)
{
    return allocations_refuse() ? NULL : allocations_note(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocations_refuse() ? NULL : allocations_note(__real_calloc(count, size));
}

/* While it copies, both blocks are in use. */
void *__wrap_realloc(void *old, size_t size)
{
    size_t before = old ? malloc_usable_size(old) : 0;
    void *block = allocations_refuse() ? NULL : __real_realloc(old, size);

    if (block) {
        allocations_note(block);
        allocations.live -= old != NULL;
        allocations.bytes -= before;
    }
    return block;
}

void __wrap_free(void *block)
{
    allocations_forget(block);
    __real_free(block);
}

#endif
