/* SPDX-License-Identifier: MIT */
/*
 * A finished migration as a calibration sees it: how it ended, by which decision, and whether its
 * score may count. One that the policy did not end by itself has another selection of errors than
 * those the bounds are for, so it does not.
 */
#ifndef FINISHED_H
#define FINISHED_H

#include "stop_record.h"

/* NaN and "" stand for unknown. */
struct finished {
    double time;                     /* s since the epoch */
    double downtime;                 /* s, as observed */
    char source[STOP_RECORD_WORD];   /* how: "events", "qemu", "libvirt" */
    char ended_by[STOP_RECORD_WORD]; /* "us", "qemu", "force", "postcopy", "operator" ... */
    bool forced, postcopy, too_late; /* by a plan; at any time; the guest stood already */
    bool invalid;                    /* no downtime of this run counts */
    struct stop_record stop;
};

/* Why a migration does not count. */
enum objection {
    OBJECTION_NONE,
    OBJECTION_UNREADABLE,
    OBJECTION_NO_OUTCOME,
    OBJECTION_FORCED,
    OBJECTION_QEMU,
    OBJECTION_POSTCOPY,
    OBJECTION_OTHER_END,
    OBJECTION_NO_FORECAST,
    OBJECTION_NO_DOUBT,
    OBJECTION_OTHER_MODEL,
    OBJECTION_OTHER_POLICY,
    OBJECTION_DEADLINE,
    OBJECTION_THROTTLED,
    OBJECTION_EXTRAPOLATED,
    OBJECTION_NO_DOWNTIME,
    OBJECTION_OTHER_SOURCE,
    OBJECTION_COUNT
};

/* Which ones are wanted. */
struct wanted {
    char model[STOP_RECORD_WORD]; /* fingerprint */
    const char *policy;           /* NULL: any */
    const char *source;           /* of the downtime */
};

enum objection finished_objection(const struct finished *finished, const struct wanted *wanted);

/* "ended-by-qemu": a constant for machines; and a few words for people. */
const char *objection_name(enum objection objection);
const char *objection_text(enum objection objection);

/* log(observed / forecast) / doubt; NaN when one is unknown. */
double finished_score(const struct finished *finished);

/* Reads a whole trace: EXIT_OK, or EXIT_BAD_INPUT after a message. */
int finished_read_trace(struct finished *finished, const char *program, const char *path);

/*
 * Where our decision ended a trace: what `model` makes of the boundary it was taken at, in place of
 * what was recorded. EXIT_OK, or an exit code after a message.
 */
int finished_replay(struct finished *finished, const char *program, const char *path,
                    precopyml_model *model);

/* A history's object, in both directions. */
void finished_read(struct finished *finished, const json_t *object);
void finished_write(struct json_line *line, const struct finished *finished);

#endif
