/* SPDX-License-Identifier: MIT */
/* What the operator set, by variables of QEMU's environment (docs/qemu.md). */
#ifndef PRECOPYML_SETTINGS_H
#define PRECOPYML_SETTINGS_H

#include <precopyml.h>

#define NO_HOLD      0
#define DEFAULT_HOLD (-1)

struct settings {
    precopyml_model *model;
    struct precopyml_session_options session;
    double hold;       /* ms; NO_HOLD, DEFAULT_HOLD */
    bool observe_only; /* decides and logs, changes nothing */
    FILE *log;         /* NULL: none */
};

/* Whether a model is named: the adapter is off otherwise. */
bool settings_wanted(void);

/*
 * Reads all of them, with the model, and opens the log. False after a warning, with nothing held,
 * when something cannot be used. What is read lives as long as the process.
 */
bool settings_read(struct settings *settings);

#endif
