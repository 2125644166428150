/* SPDX-License-Identifier: MIT */
/* What training one model decided, target by target: the matter of its provenance. */
#ifndef TRAIN_H
#define TRAIN_H

#include "contest.h"

struct target_fit {
    struct selection selection;
    struct recipe recipe;   /* as chosen */
    struct contest contest; /* without contenders: the trainer was named */
    struct choice choice;
    struct head head;
};

struct model_fit {
    const struct precopyml_train_dataset *dataset;
    const struct precopyml_train_options *options;
    const struct precopyml_trainer_ops *trainer; /* NULL: a contest for each target */
    struct lineup lineup;
    double overhead;
    struct target_fit target[PRECOPYML_TARGET_COUNT];
    size_t target_count;
};

/* JSON text, the caller's to free; NULL when out of memory. */
char *provenance_text(const struct model_fit *fit);

/* Formats a note and gives it to the caller's log function, if any. */
void train_note(precopyml_log_fn log, void *opaque, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Tells how many rows a selection left out. */
void train_note_selection(precopyml_log_fn log, void *opaque, const struct selection *selection,
                          enum precopyml_target target);

/* Tells who won, and why. Without figures: how they are printed depends on the locale. */
void train_note_contest(precopyml_log_fn log, void *opaque, const struct contest *contest,
                        enum precopyml_target target);

#endif
