/* SPDX-License-Identifier: MIT */
/* A finished selection for people, for programs, and for gnuplot. */
#ifndef SELECT_TEXT_H
#define SELECT_TEXT_H

#include <stdio.h>

#include <precopyml-train.h>

struct select_text {
    const precopyml_train_selection *selection;
    const char *target;
    double confidence; /* of the intervals */
    double redundant;
};

/* The table of tests, strongest feature first, then every feature's reason and the chosen set. */
void select_text_print(FILE *stream, const struct select_text *text);

/* A line a feature, strongest first, then one line about all. */
void select_text_json(FILE *stream, const struct select_text *text);

/* A gnuplot script with its data, which draws an SVG on standard output. */
void select_text_gnuplot(FILE *stream, const struct select_text *text);

#endif
