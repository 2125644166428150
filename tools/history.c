/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "exit_codes.h"
#include "output.h"

static const char suffix[] = ".json";

/* ---- Writing -------------------------------------------------------------------------------- */

int history_prepare(const char *program, const char *folder)
{
    struct stat status;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        complain(program, "%s: cannot make the folder: %s", folder, strerror(errno));
        return EXIT_OUTPUT;
    }
    if (stat(folder, &status) == 0 && !S_ISDIR(status.st_mode))
        errno = ENOTDIR;
    else if (access(folder, W_OK | X_OK) == 0)
        return EXIT_OK;
    complain(program, "%s: cannot write there: %s", folder, strerror(errno));
    return EXIT_OUTPUT;
}

/* Sorts by time; the rest keeps writers apart that are not of one host. NULL: no memory. */
static char *new_path(const char *folder, double time)
{
    uint64_t number = 0;
    char *path;

    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        number = (uint64_t)getpid();
    if (asprintf(&path, "%s/%015.3f-%016" PRIx64 "%s", folder, isfinite(time) ? time : 0.0, number,
                 suffix) < 0)
        return NULL;
    return path;
}

int history_add(const char *program, const char *folder, const struct finished *finished,
                const struct precopyml_outcome *outcome)
{
    char *path = new_path(folder, finished->time);
    struct output output;
    struct json_line line;
    int code;

    if (path == NULL) {
        complain(program, "out of memory");
        return EXIT_OUTPUT;
    }
    code = output_open(&output, program, path);
    free(path);
    if (code != EXIT_OK)
        return code;
    json_line_begin(&line, output.stream);
    finished_write(&line, finished);
    json_line_number(&line, "score", outcome != NULL ? outcome->score : (double)NAN);
    json_line_end(&line);
    return output_commit(&output);
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* Temporary files of writers at work end otherwise. */
static int is_entry(const struct dirent *file)
{
    size_t length = strlen(file->d_name), end = sizeof suffix - 1;

    return file->d_name[0] != '.' && length > end &&
           strcmp(file->d_name + length - end, suffix) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_entry(struct finished *finished, const char *program, const char *folder,
                       const char *name)
{
    json_error_t problem = {.text = "out of memory"};
    json_t *object = NULL;
    char *path;

    if (asprintf(&path, "%s/%s", folder, name) >= 0) {
        object = json_load_file(path, JSON_DECODE_INT_AS_REAL, &problem);
        free(path);
    }
    if (!json_is_object(object) || !json_is_number(json_object_get(object, "time"))) {
        complain(program, "%s/%s: left out: %s", folder, name,
                 object != NULL ? "expected an object with a number \"time\"" : problem.text);
        json_decref(object);
        return false;
    }
    finished_read(finished, object);
    json_decref(object);
    return true;
}

/* Of one time, the order of names stays: the sort below is stable. */
static void sort(struct history *history)
{
    for (size_t i = 1; i < history->count; i++) {
        struct finished moved = history->entry[i];
        size_t at = i;

        while (at > 0 && history->entry[at - 1].time > moved.time) {
            history->entry[at] = history->entry[at - 1];
            at--;
        }
        history->entry[at] = moved;
    }
}

int history_read(struct history *history, const char *program, const char *folder)
{
    struct dirent **file;
    int count = scandir(folder, &file, is_entry, by_name);

    *history = (struct history){0};
    if (count < 0) {
        complain(program, "%s: %s", folder, strerror(errno));
        return EXIT_BAD_INPUT;
    }
    history->entry = calloc((size_t)count + 1, sizeof *history->entry);
    for (int i = 0; i < count; i++) {
        if (history->entry != NULL &&
            read_entry(&history->entry[history->count], program, folder, file[i]->d_name))
            history->count++;
        else
            history->unreadable++;
        free(file[i]);
    }
    free(file);
    if (history->entry == NULL) {
        complain(program, "out of memory");
        return EXIT_RUNTIME;
    }
    sort(history); /* nearly sorted by their names */
    return EXIT_OK;
}

void history_free(struct history *history)
{
    free(history->entry);
    *history = (struct history){0};
}
