/* SPDX-License-Identifier: MIT */
/*
 * An output file that is there complete or not at all: written beside its place, under no name
 * where the file system can do that, synced, renamed.
 * "-" is standard output. What already exists and is not a regular file (a pipe, /dev/null) is
 * written directly.
 *
 *     struct output output;
 *     if (output_open(&output, argv[0], path) != EXIT_OK)
 *         return EXIT_OUTPUT;
 *     fprintf(output.stream, ...);
 *     return failed ? output_discard(&output), EXIT_RUNTIME : output_commit(&output);
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
    FILE *stream;
    const char *program; /* for messages */
    char *path;          /* NULL: standard output */
    char *temporary;     /* its name until it is complete; NULL: it has none, or needs none */
    bool unnamed;        /* it has none before output_commit() */
};

/*
 * EXIT_OK, or EXIT_USAGE after a message: the output would replace one of the `inputs`, paths up to
 * a NULL; "-" is none.
 */
int output_spare(const char *program, const char *path, char *const *inputs);

/* The same before long work: EXIT_OUTPUT, too, after a message, where no file can be written. */
int output_check(const char *program, const char *path, char *const *inputs);

/* EXIT_OK, or EXIT_OUTPUT after a message. `program` must live as long as the output. */
int output_open(struct output *output, const char *program, const char *path);

/* Makes the file appear. EXIT_OK, or EXIT_OUTPUT after a message, when nothing appears. */
int output_commit(struct output *output);

/* Leaves everything as it was. */
void output_discard(struct output *output);

#endif
