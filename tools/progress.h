/* SPDX-License-Identifier: MIT */
/* One line on standard error that shows how far a long command is; silent when nobody looks. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>

struct progress {
    bool visible; /* standard error is a terminal */
    bool drawn;
    const char *what; /* "folds"; must live as long as the progress */
    double total;
    double started; /* s, monotonic */
    double shown;
};

void progress_start(struct progress *progress, const char *what, double total);

/* `done` of the total; redraws at most ten times a second. */
void progress_update(struct progress *progress, double done);

/* Wipes the line. Also needed before a message. */
void progress_clear(struct progress *progress);

#endif
