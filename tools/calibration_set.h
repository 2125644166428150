/* SPDX-License-Identifier: MIT */
/* Which finished migrations a calibration is made from or tested on, and their one command line. */
#ifndef CALIBRATION_SET_H
#define CALIBRATION_SET_H

#include <getopt.h>

#include "finished.h"

enum set_option {
    SET_OPTION_MODEL = 0x3000, /* clear of every letter */
    SET_OPTION_HISTORY,
    SET_OPTION_POLICY,
    SET_OPTION_SOURCE,
    SET_OPTION_REPLAY,
    SET_OPTION_END
};

/* Entries for the table of getopt_long(). */
#define SET_LONG_OPTIONS                                                                           \
    {"model", required_argument, NULL, SET_OPTION_MODEL},                                          \
        {"history", required_argument, NULL, SET_OPTION_HISTORY},                                  \
        {"policy", required_argument, NULL, SET_OPTION_POLICY},                                    \
        {"replay", no_argument, NULL, SET_OPTION_REPLAY},                                          \
    {                                                                                              \
        "downtime-source", required_argument, NULL, SET_OPTION_SOURCE                              \
    }

/* Their part of a help text. */
#define SET_HELP                                                                                   \
    "  --model FILE            the model that decided them\n"                                      \
    "  --history DIR           the migrations of '--history DIR' of qmp or libvirt, not traces\n"  \
    "  --replay                of traces, what the model makes of the stop now, not what was "     \
    "recorded;\n"                                                                                  \
    "                          so those that another model stopped count too\n"                    \
    "  --policy NAME           only those that this policy stopped (default: any)\n"               \
    "  --downtime-source NAME  only downtimes measured this way: 'events' (default), from STOP "   \
    "on\n"                                                                                         \
    "                          the source to RESUME on the destination; 'qemu', QEMU's own\n"      \
    "                          figure, which runs 24 to 56 ms short; or 'libvirt', its figure,\n"  \
    "                          which has libvirt's own work in it\n"

struct set_options {
    const char *model;   /* path */
    const char *history; /* folder, or NULL: traces */
    bool replay;
    struct wanted wanted;
};
#define SET_OPTIONS_INIT                                                                           \
    {                                                                                              \
        .wanted = {.source = "events" }                                                            \
    }

static inline bool set_options_is(int option)
{
    return option >= SET_OPTION_MODEL && option < SET_OPTION_END;
}

/* Takes one option; false after a message when its value makes no sense. */
bool set_options_take(struct set_options *options, const char *program, int option,
                      const char *argument);

/* False after a message: no model, or not exactly one of history and traces. */
bool set_options_check(const struct set_options *options, const char *program, char **traces);

struct set_policy {
    char name[STOP_RECORD_WORD];
    size_t count;
};

struct calibration_set {
    struct finished *counted; /* oldest first, where they have an order */
    size_t count, total;
    size_t skipped[OBJECTION_COUNT];
    struct set_policy policy[8]; /* of the counted ones */
    size_t policy_count;
};

/* Reads them all; those that do not count are counted by reason. EXIT_OK or an exit code after a
 * message. `model` is the one of the options. */
int calibration_set_read(struct calibration_set *set, const char *program,
                         const struct set_options *options, precopyml_model *model, char **traces);

/* Of the counted ones at their stops; NaN when there is none. */
struct doubt_range {
    double least, median, most;
};
struct doubt_range calibration_set_doubts(const struct calibration_set *set);

/* {"total":N,"counted":N,"skipped":{"ended-by-qemu":N},"policies":{"optimal":N},...}: a new object.
 */
json_t *calibration_set_describe(const struct calibration_set *set,
                                 const struct set_options *options);

/* The same for people: a line, and one a reason for not counting. */
void calibration_set_print(const struct calibration_set *set, FILE *stream);

void calibration_set_free(struct calibration_set *set);

#endif
