/* SPDX-License-Identifier: MIT */
#include "number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is neither digit, sign nor exponent can only be the locale's decimal point. */
static void normalize_point(char *text)
{
    char *to = text;
    const char *from = text;

    while (*from != '\0') {
        size_t run = strspn(from, "0123456789+-e");
        memmove(to, from, run);
        to += run;
        from += run;
        run = strcspn(from, "0123456789+-e");
        if (run > 0)
            *to++ = '.';
        from += run;
    }
    *to = '\0';
}

const char *number_text(char text[NUMBER_TEXT_SIZE], double value)
{
    text[0] = '\0';
    if (!isfinite(value))
        return text;
    if (fabs(value) <= 9007199254740992.0 && value == trunc(value)) {
        snprintf(text, NUMBER_TEXT_SIZE, "%lld", (long long)value);
        return text;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    normalize_point(text);
    return text;
}

const char *number_fixed(char text[NUMBER_TEXT_SIZE], double value, int decimals)
{
    if (!isfinite(value) || fabs(value) >= 1e15) {
        snprintf(text, NUMBER_TEXT_SIZE, "-");
        return text;
    }
    snprintf(text, NUMBER_TEXT_SIZE, "%.*f", decimals, value);
    normalize_point(text);
    return text;
}

bool number_parse(const char *text, double *value)
{
    locale_t plain;
    char *end;

    if (*text == '\0' || text[strspn(text, "0123456789.+-eE")] != '\0')
        return false;
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        return false;
    *value = strtod_l(text, &end, plain);
    freelocale(plain);
    return *end == '\0' && end != text && isfinite(*value);
}
