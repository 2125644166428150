/* SPDX-License-Identifier: MIT */
/*
 * A history: a folder with one small JSON file a finished migration. A file appears whole or not at
 * all and is never changed, and no two have one name, so any number of programs on any number of
 * hosts may write to one folder while others read it, without a lock.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stddef.h>

#include "finished.h"

/*
 * Makes the folder when it is not there and sees whether it can be written, before a migration
 * depends on it. EXIT_OK, or EXIT_OUTPUT after a message.
 */
int history_prepare(const char *program, const char *folder);

/*
 * Adds one; `outcome` is what the session said of it, or NULL: it said nothing. EXIT_OK, or
 * EXIT_OUTPUT after a message.
 */
int history_add(const char *program, const char *folder, const struct finished *finished,
                const struct precopyml_outcome *outcome);

struct history {
    struct finished *entry; /* oldest first */
    size_t count;
    size_t unreadable; /* files that say nothing; each has had a message */
};

/* EXIT_OK, EXIT_BAD_INPUT (no such folder) or EXIT_RUNTIME after a message. */
int history_read(struct history *history, const char *program, const char *folder);

void history_free(struct history *history);

#endif
