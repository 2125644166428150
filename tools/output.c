/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "exit_codes.h"

/* Of ".PID-N.tmp". */
enum { SUFFIX_MOST = 32 };

static int failed(const struct output *output, const char *what)
{
    complain(output->program, "%s: cannot %s: %s",
             output->path != NULL ? output->path : "standard output", what, strerror(errno));
    return EXIT_OUTPUT;
}

static void forget(struct output *output)
{
    free(output->path);
    free(output->temporary);
    output->path = output->temporary = NULL;
    output->stream = NULL;
}

/* What can be no file's name, or leaves no room for the temporary one, fails at once if named. */
static bool can_be_named_later(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = strlen(slash != NULL ? slash + 1 : path);

    return length > 0 && length + SUFFIX_MOST <= NAME_MAX &&
           access("/proc/self/fd", X_OK) == 0; /* it gets its name by way of that */
}

/* A file without a name, in the same folder: whatever ends the program, nothing is left of it. */
static int open_unnamed(const char *path)
{
    char *copy = strdup(path);
    int fd = -1;

    if (copy != NULL && can_be_named_later(path))
        fd = open(dirname(copy), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    free(copy);
    return fd;
}

/* Opens a new file under this name, or gives it to the one that is open. */
static int make_named(const char *name, int unnamed)
{
    char link[32];

    if (unnamed < 0) /* mkstemp() would ignore the umask */
        return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    snprintf(link, sizeof link, "/proc/self/fd/%d", unnamed);
    return linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 ? unnamed : -1;
}

/* Finds a name beside the target that nobody has; the file's descriptor, or -1. */
static int take_temporary(struct output *output, int unnamed)
{
    int fd = -1;

    for (int attempt = 0; attempt < 100; attempt++) {
        if (asprintf(&output->temporary, "%s.%ld-%d.tmp", output->path, (long)getpid(), attempt) <
            0) {
            output->temporary = NULL;
            return -1;
        }
        fd = make_named(output->temporary, unnamed);
        if (fd >= 0 || errno != EEXIST)
            break;
        free(output->temporary);
        output->temporary = NULL;
    }
    if (fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
    }
    return fd;
}

/* Not every file system has files without a name. */
static int open_beside(struct output *output)
{
    int fd = open_unnamed(output->path);

    output->unnamed = fd >= 0;
    return output->unnamed ? fd : take_temporary(output, -1);
}

int output_spare(const char *program, const char *path, char *const *inputs)
{
    struct stat status, input;

    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return EXIT_OK;
    for (; *inputs != NULL; inputs++) {
        if (strcmp(*inputs, "-") != 0 && stat(*inputs, &input) == 0 &&
            input.st_dev == status.st_dev && input.st_ino == status.st_ino) {
            complain(program, "%s: is read, and the output would replace it; give it another name",
                     path);
            return EXIT_USAGE;
        }
    }
    return EXIT_OK;
}

int output_check(const char *program, const char *path, char *const *inputs)
{
    struct output output;
    struct stat status;
    int code = output_spare(program, path, inputs);

    /* To open and close a pipe would end its reader's input. */
    if (code == EXIT_OK && strcmp(path, "-") != 0 && stat(path, &status) == 0 &&
        !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return EXIT_OK;
    if (code == EXIT_OK)
        code = output_open(&output, program, path);
    if (code == EXIT_OK)
        output_discard(&output);
    return code;
}

int output_open(struct output *output, const char *program, const char *path)
{
    struct stat status;
    bool exists;
    int fd = -1;

    *output = (struct output){.program = program};
    if (strcmp(path, "-") == 0) {
        output->stream = stdout;
        return EXIT_OK;
    }
    output->path = realpath(path, NULL); /* a link stays a link: its target is replaced */
    if (output->path == NULL)
        output->path = strdup(path);
    if (output->path == NULL)
        return failed(output, "open");
    exists = stat(output->path, &status) == 0;
    if (*path == '\0')
        errno = ENOENT;
    else if (exists && !S_ISREG(status.st_mode))
        fd = open(output->path, O_WRONLY | O_CLOEXEC);
    else
        fd = open_beside(output);
    if (fd >= 0) {
        if (exists && (output->unnamed || output->temporary != NULL))
            (void)fchmod(fd, status.st_mode & 07777); /* a wish: the file may be another user's */
        output->stream = fdopen(fd, "w");
        if (output->stream == NULL)
            close(fd);
    }
    if (output->stream != NULL)
        return EXIT_OK;
    failed(output, "open");
    output_discard(output);
    return EXIT_OUTPUT;
}

/* Makes the rename itself durable; where folders cannot be synced, nothing is lost by going on. */
static void sync_folder(const char *path)
{
    char *copy = strdup(path);
    int fd;

    if (copy == NULL)
        return;
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(copy);
}

int output_commit(struct output *output)
{
    bool written = fflush(output->stream) == 0 && !ferror(output->stream);
    int code = EXIT_OK;

    if (output->unnamed || output->temporary != NULL)
        written = written && fsync(fileno(output->stream)) == 0;
    if (output->unnamed && written)
        written = take_temporary(output, fileno(output->stream)) >= 0;
    if (!written)
        code = failed(output, "write");
    if (output->path != NULL && fclose(output->stream) != 0 && code == EXIT_OK)
        code = failed(output, "write");
    output->stream = NULL;
    if (code == EXIT_OK && output->temporary != NULL) {
        if (rename(output->temporary, output->path) == 0)
            sync_folder(output->path);
        else
            code = failed(output, "write");
    }
    if (code != EXIT_OK) {
        output_discard(output);
        return code;
    }
    forget(output);
    return EXIT_OK;
}

void output_discard(struct output *output)
{
    if (output->stream != NULL && output->path != NULL)
        fclose(output->stream);
    if (output->temporary != NULL)
        unlink(output->temporary);
    forget(output);
}
