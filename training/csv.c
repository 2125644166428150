/* SPDX-License-Identifier: MIT */
/* Data sets from CSV text. libcsv splits it; what the cells mean is here. */
#include <csv.h>
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "decimal.h"
#include "hash.h"
#include "train_error.h"

enum column_kind { COLUMN_IGNORED, COLUMN_MIGRATION, COLUMN_SOURCE, COLUMN_TARGET, COLUMN_FEATURE };

struct column {
    enum column_kind kind;
    int id; /* of the target or feature */
};

/* A node of the tree of migrations seen so far. */
struct migration {
    uint32_t id;
    char name[];
};

struct reader {
    struct precopyml_train_dataset *dataset;
    size_t capacity; /* rows there is room for */
    struct column *column;
    size_t columns;
    bool in_header;
    unsigned long line;
    unsigned long row_line; /* where the row that is being read began */
    size_t field;           /* cells of this line so far */
    struct dataset_row row; /* this line so far */
    void *migrations;
    int error; /* the first one; then the rest of the text is passed over */
};

static const char *column_name(const struct column *column)
{
    switch (column->kind) {
    case COLUMN_MIGRATION: return "migration";
    case COLUMN_SOURCE: return "downtime_source";
    case COLUMN_TARGET: return precopyml_target_name((enum precopyml_target)column->id);
    case COLUMN_FEATURE: return feature_name((uint32_t)column->id);
    default: return "?";
    }
}

static int cell_error(const struct reader *reader, const struct column *column, const char *cell,
                      const char *what)
{
    return train_error(-EBADMSG, "%s:%lu: column %s: \"%.64s\" %s", reader->dataset->name,
                       reader->line, column_name(column), cell, what);
}

static struct column column_of(const char *name)
{
    int id = precopyml_feature_find(name);

    if (id >= 0)
        return (struct column){COLUMN_FEATURE, id};
    if (strcmp(name, "migration") == 0)
        return (struct column){COLUMN_MIGRATION, 0};
    if (strcmp(name, "downtime_source") == 0)
        return (struct column){COLUMN_SOURCE, 0};
    for (id = 0; id < PRECOPYML_TARGET_COUNT; id++) {
        if (strcmp(name, precopyml_target_name((enum precopyml_target)id)) == 0)
            return (struct column){COLUMN_TARGET, id};
    }
    return (struct column){COLUMN_IGNORED, 0};
}

static int header_cell(struct reader *reader, const char *name)
{
    struct precopyml_train_dataset *dataset = reader->dataset;
    struct column column = column_of(name);
    struct column *grown = realloc(reader->column, (reader->columns + 1) * sizeof *reader->column);

    if (!grown)
        return train_no_memory();
    reader->column = grown;
    for (size_t i = 0; i < reader->columns; i++) {
        if (column.kind != COLUMN_IGNORED && grown[i].kind == column.kind &&
            grown[i].id == column.id)
            return train_error(-EBADMSG, "%s:%lu: two columns \"%s\"", dataset->name, reader->line,
                               name);
    }
    grown[reader->columns++] = column;
    if (column.kind == COLUMN_FEATURE)
        dataset->features |= UINT64_C(1) << column.id;
    if (column.kind == COLUMN_TARGET)
        dataset->targets |= UINT64_C(1) << column.id;
    if (column.kind == COLUMN_SOURCE)
        dataset->has_source = true;
    return 0;
}

static int header_end(struct reader *reader)
{
    reader->in_header = false;
    for (size_t i = 0; i < reader->columns; i++) {
        if (reader->column[i].kind == COLUMN_MIGRATION)
            return 0;
    }
    return train_error(-EBADMSG, "%s:%lu: no column \"migration\"", reader->dataset->name,
                       reader->line);
}

static int compare_migrations(const void *a, const void *b)
{
    return strcmp(((const struct migration *)a)->name, ((const struct migration *)b)->name);
}

static int migration_cell(struct reader *reader, const char *cell, size_t length)
{
    struct migration *node = malloc(sizeof *node + length + 1);
    struct migration **found;

    if (!node)
        return train_no_memory();
    node->id = reader->dataset->groups;
    memcpy(node->name, cell, length + 1);
    found = tsearch(node, &reader->migrations, compare_migrations);
    if (!found) {
        free(node);
        return train_no_memory();
    }
    reader->row.group = (*found)->id;
    if (*found == node)
        reader->dataset->groups++;
    else
        free(node);
    reader->dataset->hash = hash_bytes(reader->dataset->hash, cell, length + 1);
    return 0;
}

static bool is_word(const char *text)
{
    while (*text > ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

static int source_cell(struct reader *reader, const struct column *column, const char *cell,
                       size_t length)
{
    struct precopyml_train_dataset *dataset = reader->dataset;
    uint32_t i = 0;

    dataset->hash = hash_bytes(dataset->hash, cell, length + 1);
    if (length == 0)
        return 0;
    if (length >= DATASET_SOURCE_LENGTH || !is_word(cell))
        return cell_error(reader, column, cell, "is no word of under 32 letters");
    while (i < dataset->sources && strcmp(dataset->source[i], cell) != 0)
        i++;
    if (i == DATASET_SOURCES)
        return cell_error(reader, column, cell, "is one kind too many");
    if (i == dataset->sources)
        memcpy(dataset->source[dataset->sources++], cell, length + 1);
    reader->row.source = i;
    return 0;
}

static int number_cell(struct reader *reader, const struct column *column, const char *cell,
                       size_t length)
{
    double value = NAN;

    if (length > 0 && !decimal_parse(cell, length, &value))
        return cell_error(reader, column, cell, "is not a finite number");
    if (column->kind == COLUMN_TARGET) {
        if (value < 0)
            return cell_error(reader, column, cell, "is negative");
        reader->row.target[column->id] = value;
    } else if (length > 0) {
        precopyml_features_set(&reader->row.features, (enum precopyml_feature)column->id, value);
    }
    reader->dataset->hash = hash_double(reader->dataset->hash, value);
    return 0;
}

static int data_cell(struct reader *reader, const char *cell, size_t length)
{
    const struct column *column = &reader->column[reader->field];

    if (reader->field >= reader->columns)
        return train_error(-EBADMSG, "%s:%lu: more cells than the %zu columns of the header",
                           reader->dataset->name, reader->line, reader->columns);
    if (column->kind == COLUMN_IGNORED)
        return 0;
    if (strlen(cell) != length)
        return cell_error(reader, column, cell, "is followed by a NUL byte");
    if (column->kind == COLUMN_MIGRATION)
        return length > 0 ? migration_cell(reader, cell, length)
                          : cell_error(reader, column, cell, "names no migration");
    if (column->kind == COLUMN_SOURCE)
        return source_cell(reader, column, cell, length);
    return number_cell(reader, column, cell, length);
}

static int data_end(struct reader *reader)
{
    struct precopyml_train_dataset *dataset = reader->dataset;

    if (reader->field != reader->columns)
        return train_error(-EBADMSG, "%s:%lu: %zu cells for the %zu columns of the header",
                           dataset->name, reader->line, reader->field, reader->columns);
    if (dataset->rows == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 256;
        struct dataset_row *grown = reallocarray(dataset->row, capacity, sizeof *grown);

        if (!grown)
            return train_no_memory();
        dataset->row = grown;
        reader->capacity = capacity;
    }
    reader->row.line = reader->line;
    dataset->row[dataset->rows++] = reader->row;
    return 0;
}

static void begin_row(struct reader *reader)
{
    static const struct precopyml_features unknown = PRECOPYML_FEATURES_INIT;

    reader->field = 0;
    reader->row = (struct dataset_row){.source = DATASET_SOURCES, .features = unknown};
    for (int i = 0; i < PRECOPYML_TARGET_COUNT; i++)
        reader->row.target[i] = NAN;
}

static void on_cell(void *cell, size_t length, void *opaque)
{
    struct reader *reader = opaque;

    if (reader->error)
        return;
    reader->error = reader->in_header ? header_cell(reader, cell) : data_cell(reader, cell, length);
    reader->field++;
}

static void on_line(int terminator, void *opaque)
{
    struct reader *reader = opaque;

    (void)terminator;
    if (!reader->error)
        reader->error = reader->in_header ? header_end(reader) : data_end(reader);
    reader->row_line = reader->line + 1;
    begin_row(reader);
}

static bool is_blank(const char *line, size_t length)
{
    return length == 1 || (length == 2 && line[0] == '\r');
}

/* Line by line, so that the callbacks know where they are: libcsv passes over empty lines. */
static int parse(struct reader *reader, struct csv_parser *parser, const char *text, size_t length)
{
    const char *end = text + length;

    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3; /* the byte order mark that spreadsheets write */
    while (text < end && !reader->error) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t part = newline ? (size_t)(newline - text) + 1 : (size_t)(end - text);

        reader->line++;
        if (is_blank(text, part) && reader->row_line == reader->line)
            reader->row_line++;
        if (csv_parse(parser, text, part, on_cell, on_line, reader) != part)
            break;
        text += part;
    }
    if (!reader->error && text == end)
        csv_fini(parser, on_cell, on_line, reader);
    if (!reader->error && csv_error(parser) != CSV_SUCCESS)
        return csv_error(parser) == CSV_ENOMEM
                   ? train_no_memory()
                   : train_error(-EBADMSG, "%s:%lu: a quote out of place", reader->dataset->name,
                                 reader->row_line);
    if (!reader->error && reader->in_header)
        return train_error(-EBADMSG, "%s: no header line", reader->dataset->name);
    return reader->error;
}

int precopyml_train_dataset_load_memory(const void *data, size_t length, const char *name,
                                        precopyml_train_dataset **dataset)
{
    struct reader reader = {.in_header = true, .row_line = 1};
    struct csv_parser parser;
    int error;

    if (dataset)
        *dataset = NULL;
    if (!dataset || !name || (!data && length > 0))
        return train_error(-EINVAL, "dataset_load: a NULL argument");
    reader.dataset = calloc(1, sizeof *reader.dataset);
    if (!reader.dataset)
        return train_no_memory();
    reader.dataset->hash = HASH_START;
    reader.dataset->name = strdup(name);
    if (!reader.dataset->name ||
        csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        precopyml_train_dataset_free(&reader.dataset);
        return train_no_memory();
    }
    begin_row(&reader);
    error = length > 0 ? parse(&reader, &parser, data, length)
                       : train_error(-EBADMSG, "%s: no header line", name);
    csv_free(&parser);
    tdestroy(reader.migrations, free);
    free(reader.column);
    if (error)
        precopyml_train_dataset_free(&reader.dataset);
    *dataset = reader.dataset;
    return error;
}
