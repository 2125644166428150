/* SPDX-License-Identifier: MIT */
#include "allocations.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_ulong count, failing;

void *__real_malloc(size_t size);
void *__real_calloc(size_t members, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t members, size_t size);
void *__wrap_realloc(void *memory, size_t size);

unsigned long allocations(void)
{
    return count;
}

void allocations_fail(unsigned long n)
{
    failing = n ? count + n : 0;
}

static int fails(void)
{
    return ++count == failing;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t members, size_t size)
{
    return fails() ? NULL : __real_calloc(members, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}
