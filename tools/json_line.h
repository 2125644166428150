/* SPDX-License-Identifier: MIT */
/*
 * Writes one JSON object a line: numbers as number_text() gives them (jansson would print 0.1 with
 * 17 digits), what is not finite as null, keys in the order they are written.
 */
#ifndef JSON_LINE_H
#define JSON_LINE_H

#include <stdbool.h>
#include <stdio.h>

struct json_line {
    FILE *stream;
    bool empty; /* nothing in the innermost object yet */
};

/* Opens the line's object; json_line_end() closes it and the line. */
void json_line_begin(struct json_line *line, FILE *stream);
void json_line_end(struct json_line *line);

/* Members. A NULL string is null; bytes that are not UTF-8 become U+FFFD. */
void json_line_string(struct json_line *line, const char *key, const char *value);
void json_line_number(struct json_line *line, const char *key, double value);
void json_line_bool(struct json_line *line, const char *key, bool value);
void json_line_null(struct json_line *line, const char *key);

/* A member whose value is JSON already. */
void json_line_raw(struct json_line *line, const char *key, const char *value);

/* A member that is itself an object, until json_line_close(). */
void json_line_open(struct json_line *line, const char *key);
void json_line_close(struct json_line *line);

#endif
