/* SPDX-License-Identifier: MIT */
/* Writes every golden file into the folder given: make_golden tests/golden */
#include <stdio.h>

#include "bad.h"

static int save(const char *folder, const char *prefix, const char *name, const unsigned char *data,
                size_t length)
{
    char path[512];
    FILE *file;
    size_t written;

    snprintf(path, sizeof path, "%s/%s%s.pcml", folder, prefix, name);
    file = fopen(path, "wb");
    if (!file)
        return -1;
    written = fwrite(data, 1, length, file);
    return fclose(file) == 0 && written == length ? 0 : -1;
}

static size_t offset_of(const struct golden_bad *bad, const unsigned char *data)
{
    switch (bad->place) {
    case IN_ENTRY: return golden_entry(bad->section) + bad->offset;
    case IN_SECTION: return golden_section(data, bad->section) + bad->offset;
    default: return bad->offset;
    }
}

static int save_bad(const char *folder, const struct golden_bad *bad)
{
    unsigned char *data;
    size_t length;
    int error = golden_build(bad->base, &data, &length);

    if (error)
        return error;
    if (bad->bytes)
        memcpy(data + offset_of(bad, data), bad->bytes, bad->length);
    else
        length = bad->offset;
    if (!bad->damaged)
        golden_seal(data, length);
    error = save(folder, "bad-", bad->name, data, length);
    free(data);
    return error;
}

int main(int argc, char **argv)
{
    int error = argc == 2 ? 0 : -1;

    for (int i = 0; i < GOLDEN_COUNT && !error; i++) {
        unsigned char *data;
        size_t length;

        error = golden_build((enum golden)i, &data, &length);
        if (error)
            break;
        error = save(argv[1], "", golden_names[i], data, length);
        free(data);
    }
    for (int i = 0; i < GOLDEN_BAD_COUNT && !error; i++)
        error = save_bad(argv[1], &golden_bad[i]);
    if (error)
        fprintf(stderr, "usage: make_golden FOLDER\n");
    return error ? 1 : 0;
}
