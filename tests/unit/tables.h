/* SPDX-License-Identifier: MIT */
/* What the tests of training share: data sets as text, noise, and a locale with a comma. */
#ifndef TABLES_H
#define TABLES_H

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <precopyml-train.h>

/* A CSV text that grows line by line. */
struct text {
    char *data;
    size_t length;
    FILE *stream;
};

static inline void text_begin(struct text *text, const char *header)
{
    text->stream = open_memstream(&text->data, &text->length);
    assert_non_null(text->stream);
    fprintf(text->stream, "%s\n", header);
}

/* The text as a data set; frees it. */
static inline precopyml_train_dataset *text_load(struct text *text)
{
    precopyml_train_dataset *dataset = NULL;

    fclose(text->stream);
    if (precopyml_train_dataset_load_memory(text->data, text->length, "test.csv", &dataset) != 0)
        fail_msg("%s", precopyml_train_error_message());
    free(text->data);
    return dataset;
}

/* Even in [0, 1); the same numbers in every run. */
static inline double noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / 16777216.0;
}

static inline bool set_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8"};
    bool set = false;

    for (size_t i = 0; !set && i < sizeof names / sizeof names[0]; i++)
        set = setlocale(LC_ALL, names[i]) != NULL;
    return set;
}

/* Compiles a locale for the occasion, from what the package `locales` has. */
static inline void set_compiled_comma_locale(void)
{
    char folder[] = "/tmp/precopyml-locale-XXXXXX", command[256];

    if (!mkdtemp(folder))
        return;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.utf8 2>/dev/null",
             folder);
    if (system(command) == 0 && setenv("LOCPATH", folder, 1) == 0) {
        set_comma_locale();
        unsetenv("LOCPATH");
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        print_message("cannot remove %s\n", folder);
}

/*
 * Puts the process into a locale whose decimal point is a comma. Where there is none the test runs
 * without, and says so: cmocka's skip() counts as a failure in TAP.
 */
static inline void enter_comma_locale(void)
{
    char text[8];

    if (!set_comma_locale())
        set_compiled_comma_locale();
    snprintf(text, sizeof text, "%.1f", 0.5);
    if (strcmp(text, "0,5") != 0)
        print_message("no locale with a decimal comma on this machine\n");
}

static inline void leave_locale(void)
{
    setlocale(LC_ALL, "C");
}

#endif
