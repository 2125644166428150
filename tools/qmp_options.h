/* SPDX-License-Identifier: MIT */
/* The command line of `precopyml qmp`. */
#ifndef QMP_OPTIONS_H
#define QMP_OPTIONS_H

#include "live_options.h"

struct qmp_options {
    struct live_options live;
    const char *socket;
    const char *start; /* URI, or NULL: somebody else starts the migration */
    double patience;   /* s */
};

/* False after a message when the command line makes no sense. */
bool qmp_options_parse(struct qmp_options *options, int argc, char **argv);

extern const char qmp_options_help[];

#endif
