/* SPDX-License-Identifier: MIT */
/* The command line of `precopyml qmp`. */
#ifndef QMP_OPTIONS_H
#define QMP_OPTIONS_H

#include <stdbool.h>

#include "policy_options.h"
#include "qmp_loop.h"

struct qmp_options {
    struct policy_options policy;
    const char *socket;
    const char *start;                        /* URI, or NULL: somebody else starts the migration */
    const char *record;                       /* path, or NULL */
    const char *history;                      /* folder, or NULL */
    double hold_ms;                           /* 0: as hold_default_ms() says */
    double poll, wait, patience, switch_time; /* s */
    enum hopeless_action on_hopeless;
    bool observe_only, json;
    bool help; /* only that was asked for */
};

/* False after a message when the command line makes no sense. */
bool qmp_options_parse(struct qmp_options *options, int argc, char **argv);

extern const char qmp_options_help[];

#endif
