/* SPDX-License-Identifier: MIT */
#include "model_bytes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "exit_codes.h"
#include "model_file.h"

enum { CHUNK = 64 << 10, MOST = 64 << 20 };

/* The whole stream; false: errno says why. What is too long for a model is cut where that shows. */
static bool read_all(FILE *stream, struct model_bytes *bytes)
{
    size_t got;

    do {
        char *grown = realloc(bytes->data, bytes->length + CHUNK);

        if (grown == NULL)
            return false;
        bytes->data = grown;
        got = fread(grown + bytes->length, 1, CHUNK, stream);
        bytes->length += got;
    } while (got == CHUNK && bytes->length <= MOST);
    return !ferror(stream);
}

int model_bytes_read(struct model_bytes *bytes, const char *program, const char *path)
{
    FILE *stream = fopen(path, "re");
    bool read;
    int error;

    *bytes = (struct model_bytes){0};
    read = stream != NULL && read_all(stream, bytes);
    if (!read)
        complain(program, "%s: cannot read the model: %s", path, strerror(errno));
    if (stream != NULL)
        fclose(stream);
    if (!read)
        return EXIT_BAD_MODEL;
    error = precopyml_model_load_memory(bytes->data, bytes->length, &bytes->model);
    return error == 0 ? EXIT_OK : model_file_failed(program, path, error);
}

void model_bytes_free(struct model_bytes *bytes)
{
    precopyml_model_unref(&bytes->model);
    free(bytes->data);
    *bytes = (struct model_bytes){0};
}
