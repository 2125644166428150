/* SPDX-License-Identifier: MIT */
/* Counts the library's allocations, and fails one on request (the linker's --wrap). */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/* Calls of malloc, calloc and realloc so far. */
unsigned long allocations(void);

/* From now on the n-th call fails, once; 0: none. */
void allocations_fail(unsigned long n);

#endif
