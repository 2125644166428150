/* SPDX-License-Identifier: MIT */
/*
 * The options that every command beside a live migration has (qmp, libvirt), those of the policy
 * among them. To be used as policy_options.h shows.
 */
#ifndef LIVE_OPTIONS_H
#define LIVE_OPTIONS_H

#include "policy_options.h"
#include "qmp_loop.h"

enum live_option {
    LIVE_OPTION_WAIT = 0x2000, /* clear of every letter and of the policy's */
    LIVE_OPTION_HOLD,
    LIVE_OPTION_POLL,
    LIVE_OPTION_SWITCH,
    LIVE_OPTION_OBSERVE,
    LIVE_OPTION_HOPELESS,
    LIVE_OPTION_RECORD,
    LIVE_OPTION_HISTORY,
    LIVE_OPTION_JSON
};

/* Entries for the table of getopt_long(). */
#define LIVE_LONG_OPTIONS                                                                          \
    POLICY_LONG_OPTIONS, {"wait", required_argument, NULL, LIVE_OPTION_WAIT},                      \
        {"hold", required_argument, NULL, LIVE_OPTION_HOLD},                                       \
        {"poll", required_argument, NULL, LIVE_OPTION_POLL},                                       \
        {"switch-timeout", required_argument, NULL, LIVE_OPTION_SWITCH},                           \
        {"observe-only", no_argument, NULL, LIVE_OPTION_OBSERVE},                                  \
        {"on-hopeless", required_argument, NULL, LIVE_OPTION_HOPELESS},                            \
        {"record", required_argument, NULL, LIVE_OPTION_RECORD},                                   \
        {"history", required_argument, NULL, LIVE_OPTION_HISTORY},                                 \
        {"json", no_argument, NULL, LIVE_OPTION_JSON},                                             \
    {                                                                                              \
        "help", no_argument, NULL, 'h'                                                             \
    }

struct live_options {
    struct policy_options policy;
    const char *record;             /* path, or NULL */
    const char *history;            /* folder, or NULL */
    double hold_ms;                 /* 0: as hold_default_ms() says */
    double poll, wait, switch_time; /* s */
    enum hopeless_action on_hopeless;
    bool observe_only, json;
    bool help; /* only that was asked for */
};
#define LIVE_OPTIONS_INIT                                                                          \
    {                                                                                              \
        .policy = POLICY_OPTIONS_INIT, .poll = 0.1, .wait = 300, .switch_time = 5                  \
    }

/* Takes one option of the table; false when it is none of it, or after a message. */
bool live_options_take(struct live_options *options, const char *program, int option,
                       const char *text);

/* False after a message when the options together make no sense. */
bool live_options_check(const struct live_options *options, const char *program);

/* Takes one option of a command; false after a message. */
typedef bool (*live_take_fn)(void *options, const char *program, int option, const char *text);

/*
 * Reads a whole command line, `take` getting every option of the table with `options`, which `live`
 * is part of. False after a message.
 */
bool live_options_read(const struct option *table, int argc, char **argv, live_take_fn take,
                       void *options, const struct live_options *live);

#endif
