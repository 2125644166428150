/* SPDX-License-Identifier: MIT */
/*
 * One-factor sweeps: JSON Lines with the members `factor`, `level` (text or a number) and figures
 * of a run, as `precopyml simulate --json` prints them. Which factor moves which figure, and how
 * much.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>
#include <stdio.h>

/* Reads a file ('-': standard input) and prints a line a factor and figure. An exit code. */
int sweep_run(const char *program, const char *path, bool json);

#endif
