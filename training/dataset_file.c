/* SPDX-License-Identifier: MIT */
/* Data sets from files and standard input. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <precopyml-train.h>

#include "train_error.h"

/* Reads to the end of the file. 0 or a negative errno value; *text is the caller's either way. */
static int read_all(int fd, char **text, size_t *length)
{
    size_t capacity = 0;

    *text = NULL;
    *length = 0;
    for (;;) {
        ssize_t got;

        if (*length == capacity) {
            char *grown = realloc(*text, capacity = capacity ? 2 * capacity : 65536);

            if (!grown)
                return -ENOMEM;
            *text = grown;
        }
        got = read(fd, *text + *length, capacity - *length);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return -errno;
        *length += got > 0 ? (size_t)got : 0;
    }
}

int precopyml_train_dataset_load_path(const char *path, precopyml_train_dataset **dataset)
{
    bool standard_input;
    char *text;
    size_t length;
    int fd, error;

    if (dataset)
        *dataset = NULL;
    if (!path || !dataset)
        return train_error(-EINVAL, "dataset_load: a NULL argument");
    standard_input = strcmp(path, "-") == 0;
    fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error = -errno;
        return train_error(error, "%s: %s", path, strerror(-error));
    }
    error = read_all(fd, &text, &length);
    if (!standard_input)
        close(fd);
    if (error)
        train_error(error, "%s: %s", path, strerror(-error));
    else
        error = precopyml_train_dataset_load_memory(
            text, length, standard_input ? "standard input" : path, dataset);
    free(text);
    return error;
}
