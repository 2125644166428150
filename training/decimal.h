/* SPDX-License-Identifier: MIT */
/* Numbers from text, the same in every locale. */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a finite number that fills all `length` bytes of `text`, which ends with a NUL. */
bool decimal_parse(const char *text, size_t length, double *value);

#endif
