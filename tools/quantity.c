/* SPDX-License-Identifier: MIT */
#include "quantity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

/* Reads a number before the unit of `length` characters at the end, and multiplies it. */
static bool scaled(const char *text, size_t length, double unit, double *value)
{
    char digits[NUMBER_TEXT_SIZE];
    size_t rest = strlen(text) - length;

    if (rest >= sizeof(digits))
        return false;
    snprintf(digits, sizeof(digits), "%.*s", (int)rest, text);
    if (!number_parse(digits, value))
        return false;
    *value *= unit;
    return *value >= 0;
}

/* The power that a letter stands for, or 0. */
static unsigned power(char letter)
{
    static const char letters[] = "KMGT";
    const char *found = letter != '\0' ? strchr(letters, toupper((unsigned char)letter)) : NULL;

    return found != NULL ? (unsigned)(found - letters) + 1 : 0;
}

static double power_of(double base, unsigned exponent)
{
    double value = 1.0;

    while (exponent-- > 0)
        value *= base;
    return value;
}

bool quantity_bytes(const char *text, double *bytes)
{
    size_t length = strlen(text);
    unsigned exponent = length > 0 ? power(text[length - 1]) : 0;

    return scaled(text, exponent > 0, power_of(1024, exponent), bytes);
}

bool quantity_rate(const char *text, double *bytes_per_second)
{
    static const char bit[] = "bit";
    size_t length = strlen(text), unit = strlen(bit);
    unsigned exponent;

    if (length <= unit || strcasecmp(text + length - unit, bit) != 0)
        return quantity_bytes(text, bytes_per_second);
    exponent = power(text[length - unit - 1]);
    return scaled(text, unit + (exponent > 0), power_of(1000, exponent) / 8, bytes_per_second);
}
