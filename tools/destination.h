/* SPDX-License-Identifier: MIT */
/*
 * Whether a migration URI can be reached, as far as that can be known without connecting: QEMU's
 * incoming side takes one connection, and a test would use it up.
 */
#ifndef DESTINATION_H
#define DESTINATION_H

#include <stddef.h>
#include <sys/types.h>

enum destination {
    DESTINATION_LOOKS_GOOD,
    DESTINATION_UNKNOWN, /* it cannot be told from here */
    DESTINATION_UNREACHABLE
};

/* `qemu`: the process that will connect, or -1. What was found is a sentence in `why`. */
enum destination destination_check(const char *uri, pid_t qemu, char *why, size_t size);

#endif
