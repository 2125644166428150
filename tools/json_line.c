/* SPDX-License-Identifier: MIT */
#include "json_line.h"

#include <stdlib.h>

#include <jansson.h>

#include "number.h"

static void write_text(FILE *stream, const char *text)
{
    json_t *string = json_string(text); /* NULL when it is not UTF-8 */
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);

    if (quoted != NULL) {
        fputs(quoted, stream);
    } else {
        fputc('"', stream);
        for (; *text != '\0'; text++) {
            unsigned char c = (unsigned char)*text;

            if (c >= 0x80)
                fputs("\\ufffd", stream);
            else if (c < 0x20 || c == '"' || c == '\\')
                fprintf(stream, "\\u%04x", c);
            else
                fputc(c, stream);
        }
        fputc('"', stream);
    }
    free(quoted);
    json_decref(string);
}

static void write_key(struct json_line *line, const char *key)
{
    if (!line->empty)
        fputc(',', line->stream);
    line->empty = false;
    write_text(line->stream, key);
    fputc(':', line->stream);
}

void json_line_begin(struct json_line *line, FILE *stream)
{
    line->stream = stream;
    line->empty = true;
    fputc('{', stream);
}

void json_line_end(struct json_line *line)
{
    fputs("}\n", line->stream);
}

void json_line_string(struct json_line *line, const char *key, const char *value)
{
    write_key(line, key);
    if (value == NULL)
        fputs("null", line->stream);
    else
        write_text(line->stream, value);
}

void json_line_number(struct json_line *line, const char *key, double value)
{
    char text[NUMBER_TEXT_SIZE];

    write_key(line, key);
    number_text(text, value);
    fputs(text[0] != '\0' ? text : "null", line->stream);
}

void json_line_bool(struct json_line *line, const char *key, bool value)
{
    write_key(line, key);
    fputs(value ? "true" : "false", line->stream);
}

void json_line_null(struct json_line *line, const char *key)
{
    write_key(line, key);
    fputs("null", line->stream);
}

void json_line_raw(struct json_line *line, const char *key, const char *value)
{
    write_key(line, key);
    fputs(value, line->stream);
}

void json_line_open(struct json_line *line, const char *key)
{
    write_key(line, key);
    fputc('{', line->stream);
    line->empty = true;
}

void json_line_close(struct json_line *line)
{
    fputc('}', line->stream);
    line->empty = false;
}
