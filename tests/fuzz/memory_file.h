/* SPDX-License-Identifier: MIT */
/* A path that reads as the fuzzer's bytes, for parsers that open files. */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The descriptor, to be closed, and its path. */
static inline int memory_file(const uint8_t *data, size_t length, char path[32])
{
    int fd = memfd_create("fuzz", 0);

    if (fd < 0 || write(fd, data, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    snprintf(path, 32, "/dev/fd/%d", fd);
    return fd;
}

#endif
