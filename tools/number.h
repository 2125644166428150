/* SPDX-License-Identifier: MIT */
/* Numbers as text, the same in every locale. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>

enum { NUMBER_TEXT_SIZE = 32 };

/*
 * The shortest of 15, 16 or 17 significant digits that reads back as exactly `value`; whole numbers
 * up to 2^53 without an exponent. A value that is not finite gives "". Returns `text`.
 */
const char *number_text(char text[NUMBER_TEXT_SIZE], double value);

/* `decimals` digits after the point, for people; "-" for a value that is not finite. */
const char *number_fixed(char text[NUMBER_TEXT_SIZE], double value, int decimals);

/* Reads a finite decimal number that fills the whole text: no spaces, hexadecimal, inf or nan. */
bool number_parse(const char *text, double *value);

#endif
