/* SPDX-License-Identifier: MIT */
/* A number that an option takes: one message for all commands. */
#ifndef OPTION_NUMBER_H
#define OPTION_NUMBER_H

#include <stdbool.h>

/*
 * The number that `text` is, in *value; false after a message of `program` that names the option
 * (without dashes) and the range, both ends included, when it is none or lies outside.
 */
bool option_number(const char *program, const char *name, const char *text, double low, double high,
                   double *value);

/* The same for a whole number. */
bool option_whole(const char *program, const char *name, const char *text, double low, double high,
                  double *value);

#endif
