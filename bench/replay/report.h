/* SPDX-License-Identifier: MIT */
/* A board on standard output. Both return EXIT_OK, or EXIT_RUNTIME without memory. */
#ifndef REPORT_H
#define REPORT_H

#include "board.h"

/* What nobody can read off a recorded series, for every reader of a report. */
#define REPORT_CAVEAT                                                                              \
    "replayed at the boundaries as recorded: throttling of the guest (auto-converge), post-copy, " \
    "and rounds that a longer limit would have ended sooner, are not"

/* Tables; with `each` a line a migration, peer and setting as well. */
int report_text(const struct board *board, bool each);

/* JSON lines: what it is, a line a migration, peer and setting, a line a summary. */
int report_json(const struct board *board);

/* The splits there are, in the order of the traces: number i, NULL past the last. */
const char *report_split(const struct board *board, size_t i);

#endif
