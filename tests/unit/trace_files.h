/* SPDX-License-Identifier: MIT */
/* Hand-made traces for the tests of the tools. */
#ifndef TRACE_FILES_H
#define TRACE_FILES_H

#include <stddef.h>
#include <stdio.h>

/* A new folder for a test's files, and its removal with everything in it. */
char *folder_make(void);
void folder_remove(char *folder);

/* For cmocka: *state is such a folder, and no model of the environment is used. */
int folder_setup(void **state);
int folder_teardown(void **state);

/* Writes FOLDER/NAME; returns the path, to be freed. */
char *file_write(const char *folder, const char *name, const void *data, size_t length);

/* The whole file, terminated, to be freed; NULL when there is none. */
char *file_read(const char *path);

/*
 * A trace under construction: a guest of 1 GiB on a link of 100 MB/s, sampled every 100 ms. The
 * clock starts at 5 s and each round sends what remained at its start.
 */
struct trace_writer {
    FILE *stream;
    char *text;
    size_t length;
    double t, transferred, remaining;
    int syncs;
};

void trace_writer_begin(struct trace_writer *writer);

/* One round that sends all that remains; at its end the sync finds `dirtied` bytes. */
void trace_writer_round(struct trace_writer *writer, double dirtied);

/* Any line, printf's way. */
void trace_writer_line(struct trace_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A sample of any status, now. */
void trace_writer_sample(struct trace_writer *writer, const char *status);

/* Writes FOLDER/NAME and returns its path, to be freed. */
char *trace_writer_end(struct trace_writer *writer, const char *folder, const char *name);

/*
 * Runs a command with its standard output caught: its exit code, and the text in *output, to be
 * freed. `arguments` ends with NULL; argv[0] is added.
 */
int run_caught(int (*command)(int argc, char **argv), const char *const *arguments, char **output);

#endif
