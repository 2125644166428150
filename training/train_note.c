/* SPDX-License-Identifier: MIT */
#include "train.h"

#include <stdarg.h>
#include <stdio.h>

void train_note(precopyml_log_fn log, void *opaque, const char *format, ...)
{
    char text[256];
    va_list arguments;

    if (!log)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log(PRECOPYML_LOG_INFO, text, opaque);
}

void train_note_selection(precopyml_log_fn log, void *opaque, const struct selection *selection,
                          enum precopyml_target target)
{
    const char *name = precopyml_target_name(target);

    if (selection->unlabelled > 0)
        train_note(log, opaque, "%zu rows with a known %s, %zu without left out", selection->count,
                   name, selection->unlabelled);
    if (selection->other > 0)
        train_note(log, opaque, "%zu rows whose %s was measured another way left out",
                   selection->other, name);
}

void train_note_contest(precopyml_log_fn log, void *opaque, const struct contest *contest,
                        enum precopyml_target target)
{
    const struct contender *picked = &contest->contender[contest->picked];
    const char *name = precopyml_target_name(target);

    for (size_t i = 0; i < contest->count; i++) {
        if (!contest->contender[i].fitted)
            train_note(log, opaque, "%s: %s left out: %s", name,
                       contest->contender[i].trainer->name, contest->contender[i].why);
    }
    if (picked->is_better)
        train_note(log, opaque,
                   "%s: %s picked: in validation it is better than physics beyond chance", name,
                   picked->trainer->name);
    else
        train_note(log, opaque,
                   "%s: physics kept: in validation no learned predictor is better beyond chance",
                   name);
}
