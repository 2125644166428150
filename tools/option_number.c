/* SPDX-License-Identifier: MIT */
#include "option_number.h"

#include <math.h>

#include "command.h"
#include "number.h"

static bool is_within(const char *text, double low, double high, double *value)
{
    return number_parse(text, value) && *value >= low && *value <= high;
}

bool option_number(const char *program, const char *name, const char *text, double low, double high,
                   double *value)
{
    if (is_within(text, low, high, value))
        return true;
    complain(program, "--%s is '%s', expected a number from %g to %.7g", name, text, low, high);
    return false;
}

bool option_whole(const char *program, const char *name, const char *text, double low, double high,
                  double *value)
{
    if (is_within(text, low, high, value) && *value == trunc(*value))
        return true;
    complain(program, "--%s is '%s', expected a whole number from %.0f to %.0f", name, text, low,
             high);
    return false;
}
