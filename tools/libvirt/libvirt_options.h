/* SPDX-License-Identifier: MIT */
/* The command line of `precopyml libvirt`. */
#ifndef LIBVIRT_OPTIONS_H
#define LIBVIRT_OPTIONS_H

#include "live_options.h"

struct libvirt_options {
    struct live_options live;
    const char *uri;     /* NULL: libvirt's default */
    const char *domain;  /* name or UUID, or NULL: all of them */
    const char *metrics; /* path, or NULL */
    double outage;       /* s without libvirt until a migration is given up for lost */
    bool all;
};

/* False after a message when the command line makes no sense. */
bool libvirt_options_parse(struct libvirt_options *options, int argc, char **argv);

extern const char libvirt_options_help[];

#endif
