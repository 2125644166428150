/* SPDX-License-Identifier: MIT */
/* precopyml dataset: traces as one table, a row a boundary, with what came of it. */
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boundary_walk.h"
#include "command.h"
#include "exit_codes.h"
#include "labels.h"
#include "number.h"
#include "output.h"
#include "progress.h"

static const char help[] =
    "Usage: precopyml dataset TRACE... -o FILE.csv\n"
    "Writes one row a boundary: migration, t, boundary, every feature in SI units, and the\n"
    "outcomes downtime, downtime_next and remaining_time in seconds on the rows that they belong\n"
    "to; rounds_left says how many rounds were still to run. A cell is empty where nothing is\n"
    "known.\n\n"
    "  -o, --output FILE   where to; '-' is standard output\n";

struct table {
    const char *program;
    struct output output;
    precopyml_model *model;
    json_t *names; /* the migrations so far; a name that comes twice would mix two in one group */
    struct boundary_row *rows;
    size_t count, capacity;
};

/* RFC 4180: quoted when it has to be. */
static void write_text(FILE *stream, const char *text)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void write_number(FILE *stream, double value)
{
    char text[NUMBER_TEXT_SIZE];

    fprintf(stream, ",%s", number_text(text, value));
}

static void write_header(FILE *stream)
{
    fputs("migration,t,boundary", stream);
    for (int i = 0; i < PRECOPYML_FEATURE_COUNT; i++) {
        struct precopyml_description entry = PRECOPYML_DESCRIPTION_INIT;

        precopyml_feature_describe((enum precopyml_feature)i, &entry);
        fprintf(stream, ",%s", entry.name);
    }
    fputs(",downtime,downtime_next,remaining_time,downtime_source,forced,ended_by\n", stream);
}

static void write_features(FILE *stream, const struct precopyml_features *features,
                           double rounds_left)
{
    for (int f = 0; f < PRECOPYML_FEATURE_COUNT; f++)
        write_number(stream, f == PRECOPYML_FEATURE_ROUNDS_LEFT
                                 ? rounds_left
                                 : precopyml_features_get(features, (enum precopyml_feature)f));
}

static void write_rows(const struct table *table, const char *name, const struct migration_end *end)
{
    struct labels labels = labels_find(table->rows, table->count, end);
    FILE *stream = table->output.stream;

    for (size_t i = 0; i < table->count; i++) {
        const struct boundary_row *row = &table->rows[i];
        struct rest rest = labels_rest(&labels, table->rows, i, end);
        bool stop = (ptrdiff_t)i == labels.stop;
        bool before = (ptrdiff_t)i == labels.before;

        write_text(stream, name);
        write_number(stream, row->t);
        write_number(stream, row->decision.boundary);
        write_features(stream, &row->features, rest.rounds);
        write_number(stream, stop ? labels.downtime : (double)NAN);
        write_number(stream, before ? labels.downtime : (double)NAN);
        write_number(stream, rest.seconds);
        fputc(',', stream);
        write_text(stream, stop || before || !isnan(rest.seconds) ? labels.source : "");
        write_number(stream, end->forced >= 0 ? end->forced : (double)NAN);
        fputc(',', stream);
        write_text(stream, end->ended_by);
        fputc('\n', stream);
    }
}

/* The file's name without folder and endings, when the trace has no name of its own. */
static void name_of_path(const char *path, char *name, size_t size)
{
    static const char *const endings[] = {".xz", ".jsonl"};
    const char *slash = strrchr(path, '/');

    snprintf(name, size, "%s", slash != NULL ? slash + 1 : path);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t length = strlen(name), ending = strlen(endings[i]);

        if (length > ending && strcmp(name + length - ending, endings[i]) == 0)
            name[length - ending] = '\0';
    }
}

static int keep_row(struct table *table, const struct boundary_row *row)
{
    /* A number that falls: another migration has begun in the same trace; the last one counts. */
    if (table->count > 0 &&
        row->decision.boundary <= table->rows[table->count - 1].decision.boundary)
        table->count = 0;
    if (table->count == table->capacity) {
        size_t capacity = table->capacity * 2 + 64;
        struct boundary_row *rows = realloc(table->rows, capacity * sizeof(*rows));

        if (rows == NULL) {
            complain(table->program, "out of memory");
            return -EXIT_RUNTIME;
        }
        table->rows = rows;
        table->capacity = capacity;
    }
    table->rows[table->count++] = *row;
    return 0;
}

/* Events can be recorded later than they happened: no row from after the guest stood. */
static void drop_stopped_rows(struct table *table, const struct migration_end *end)
{
    while (table->count > 0 && table->rows[table->count - 1].t > end->stopped_t)
        table->count--;
}

static int add_trace(struct table *table, const char *path)
{
    struct boundary_walk walk;
    struct boundary_row row;
    char name[256];
    int result = -boundary_walk_open(&walk, table->program, path, table->model, NULL);

    table->count = 0;
    while (result == 0 && (result = boundary_walk_next(&walk, &row)) > 0)
        result = keep_row(table, &row);
    boundary_walk_close(&walk);
    if (result < 0)
        return -result;
    if (walk.id[0] != '\0')
        snprintf(name, sizeof(name), "%s", walk.id);
    else
        name_of_path(path, name, sizeof(name));
    if (json_object_get(table->names, name) != NULL) {
        complain(table->program, "%s: there is a migration '%s' already; give one a meta.id", path,
                 name);
        return EXIT_BAD_INPUT;
    }
    json_object_set_new_nocheck(table->names, name, json_true());
    drop_stopped_rows(table, &walk.end);
    write_rows(table, name, &walk.end);
    return EXIT_OK;
}

/* All bad traces are named before it fails. */
static int add_traces(struct table *table, char **paths, int count)
{
    struct progress progress;
    int code = EXIT_OK;

    progress_start(&progress, "traces", count);
    for (int i = 0; i < count; i++) {
        int one = add_trace(table, paths[i]);

        if (code == EXIT_OK)
            code = one;
        progress_update(&progress, i + 1);
    }
    progress_clear(&progress);
    return code;
}

static int make_table(const char *program, char **paths, int count, const char *to)
{
    struct table table = {.program = program, .names = json_object()};
    int code = output_spare(program, to, paths);

    if (code == EXIT_OK && precopyml_model_builtin(&table.model) < 0) {
        complain(program, "%s", precopyml_error_message());
        code = EXIT_RUNTIME;
    }
    if (code == EXIT_OK)
        code = output_open(&table.output, program, to);
    if (table.output.stream != NULL) {
        write_header(table.output.stream);
        code = add_traces(&table, paths, count);
        if (code == EXIT_OK)
            code = output_commit(&table.output);
        else
            output_discard(&table.output);
    }
    precopyml_model_unref(&table.model);
    json_decref(table.names);
    free(table.rows);
    return code;
}

int command_dataset(int argc, char **argv)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *to = NULL;
    int c;

    while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
        switch (c) {
        case 'o': to = optarg; break;
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    if (to == NULL || optind == argc) {
        complain(argv[0], to == NULL ? "no -o FILE given" : "no trace given");
        return usage_error(argv[0]);
    }
    return make_table(argv[0], argv + optind, argc - optind, to);
}
