/* SPDX-License-Identifier: MIT
 *
 * The self-checking writer: dirties memory at a known rate, and can prove afterwards that no store
 * was lost.
 */
#ifndef PRECOPYML_GUEST_WRITER_H
#define PRECOPYML_GUEST_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct writer_report {
    uint64_t pages; /* pages looked at */
    uint64_t bad;   /* pages that do not hold their last store */
    bool stopped;   /* the writer stood still while they were looked at */
};

/* steady SIZE RATE [ORDER] | hotcold HOT COLD RATE [ORDER] [settle SECONDS]; SIZE in MiB, RATE in
 * pages a second or `max`, ORDER `sweep` or `random`. Returns 0, or -1 for what it cannot read. */
int writer_configure(int count, char **arguments);

/* Forks the writer and returns its process id. */
pid_t writer_start(void);

bool writer_ready(void);
uint64_t writer_stores(void);

/* The moment that `settle` counts from: the start of the migration. */
void writer_mark(void);

/* Holds the writer, compares every page with the table of last stores, lets it go on. */
struct writer_report writer_check(void);

#endif
