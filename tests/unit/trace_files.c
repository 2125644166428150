/* SPDX-License-Identifier: MIT */
#include "trace_files.h"

#include <dirent.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double link_rate = 100e6; /* bytes/s */
static const double page = 4096;
static const double interval = 0.1; /* s between samples */

static void check(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    abort();
}

char *folder_make(void)
{
    const char *base = getenv("TMPDIR");
    char *folder;

    check(asprintf(&folder, "%s/precopyml-test-XXXXXX", base != NULL ? base : "/tmp") > 0, "name");
    check(mkdtemp(folder) != NULL, folder);
    return folder;
}

void folder_remove(char *folder)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;

    check(stream != NULL, folder);
    while ((entry = readdir(stream)) != NULL)
        unlinkat(dirfd(stream), entry->d_name, 0); /* fails for "." and ".." alone */
    closedir(stream);
    check(rmdir(folder) == 0, folder);
    free(folder);
}

int folder_setup(void **state)
{
    *state = folder_make();
    setenv("PRECOPYML_MODEL", "", 1);
    return 0;
}

int folder_teardown(void **state)
{
    folder_remove(*state);
    return 0;
}

char *file_write(const char *folder, const char *name, const void *data, size_t length)
{
    char *path;
    FILE *stream;

    check(asprintf(&path, "%s/%s", folder, name) > 0, "name");
    stream = fopen(path, "w");
    check(stream != NULL, path);
    check(fwrite(data, 1, length, stream) == length && fclose(stream) == 0, path);
    return path;
}

char *file_read(const char *path)
{
    FILE *stream = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    if (stream == NULL)
        return NULL;
    if (getdelim(&text, &size, '\0', stream) < 0) {
        text = realloc(text, 1);
        check(text != NULL, path);
        text[0] = '\0';
    }
    fclose(stream);
    return text;
}

void trace_writer_begin(struct trace_writer *writer)
{
    *writer = (struct trace_writer){.t = 5.0, .remaining = 1073741824.0, .syncs = 1};
    writer->stream = open_memstream(&writer->text, &writer->length);
    check(writer->stream != NULL, "memory");
}

void trace_writer_line(struct trace_writer *writer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(writer->stream, format, arguments);
    va_end(arguments);
    fputc('\n', writer->stream);
}

void trace_writer_sample(struct trace_writer *writer, const char *status)
{
    trace_writer_line(writer,
                      "{\"t\":%.3f,\"query-migrate\":{\"status\":\"%s\",\"total-time\":%.0f,"
                      "\"ram\":{\"total\":1073741824,\"remaining\":%.0f,\"transferred\":%.0f,"
                      "\"page-size\":4096,\"duplicate\":0,\"normal\":%.0f,"
                      "\"dirty-sync-count\":%d,\"mbps\":800}}}",
                      writer->t, status, (writer->t - 5.0) * 1e3, writer->remaining,
                      writer->transferred, writer->transferred / page, writer->syncs);
}

void trace_writer_round(struct trace_writer *writer, double dirtied)
{
    while (writer->remaining > link_rate * interval) {
        trace_writer_sample(writer, "active");
        writer->t += interval;
        writer->transferred += link_rate * interval;
        writer->remaining -= link_rate * interval;
    }
    trace_writer_sample(writer, "active");
    writer->t += writer->remaining / link_rate;
    writer->transferred += writer->remaining;
    writer->remaining = dirtied;
    writer->syncs++;
}

char *trace_writer_end(struct trace_writer *writer, const char *folder, const char *name)
{
    char *path;

    check(fclose(writer->stream) == 0, "memory");
    path = file_write(folder, name, writer->text, writer->length);
    free(writer->text);
    return path;
}

int run_caught(int (*command)(int argc, char **argv), const char *const *arguments, char **output)
{
    char *argv[32] = {strdup("precopyml test")};
    FILE *caught = tmpfile();
    int argc = 1, code, saved;
    long length;

    check(caught != NULL, "temporary file");
    for (; arguments[argc - 1] != NULL; argc++)
        argv[argc] = strdup(arguments[argc - 1]);
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    dup2(fileno(caught), STDOUT_FILENO);
    optind = 0; /* getopt anew */
    code = command(argc, argv);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    fseek(caught, 0, SEEK_END);
    length = ftell(caught);
    rewind(caught);
    *output = calloc(1, (size_t)length + 1);
    check(*output != NULL && fread(*output, 1, (size_t)length, caught) == (size_t)length, "output");
    fclose(caught);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return code;
}
