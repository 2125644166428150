/* SPDX-License-Identifier: MIT */
/* What the tests of training share: data sets as text, noise, and a locale with a comma. */
#ifndef TABLES_H
#define TABLES_H

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
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

/* This thread in a locale whose decimal point is a comma; skips the test where there is none. */
static inline locale_t enter_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "es_ES.UTF-8"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        locale_t locale = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
        char text[8];

        if (!locale)
            continue;
        uselocale(locale);
        snprintf(text, sizeof text, "%.1f", 0.5);
        if (strcmp(text, "0,5") == 0)
            return locale;
        uselocale(LC_GLOBAL_LOCALE);
        freelocale(locale);
    }
    skip();
    return (locale_t)0;
}

static inline void leave_locale(locale_t locale)
{
    uselocale(LC_GLOBAL_LOCALE);
    freelocale(locale);
}

#endif
