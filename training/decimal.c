/* SPDX-License-Identifier: MIT */
#include "decimal.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

bool decimal_parse(const char *text, size_t length, double *value)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char *end;

    if (plain == (locale_t)0)
        return false;
    *value = strtod_l(text, &end, plain);
    freelocale(plain);
    return length > 0 && end == text + length && isfinite(*value);
}
