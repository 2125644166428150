/* SPDX-License-Identifier: MIT */
/*
 * What is written down of the decision that ended a migration, for a calibration to judge later: in
 * the result of `precopyml qmp` ("stop"), a trace's outcome ("decided_at") and a history.
 */
#ifndef STOP_RECORD_H
#define STOP_RECORD_H

#include <jansson.h>
#include <stdbool.h>

#include <precopyml.h>

#include "json_line.h"

enum { STOP_RECORD_WORD = 32 };

/* NaN and "" stand for unknown. */
struct stop_record {
    double t, sync_count;
    double forecast, upper;        /* s */
    double doubt;                  /* precopyml_decision.doubt */
    double limit, confidence;      /* s, 1; 0: none */
    char reason[STOP_RECORD_WORD]; /* precopyml_reason_name() */
    char policy[STOP_RECORD_WORD]; /* precopyml_policy_name() */
    char model[STOP_RECORD_WORD];  /* fingerprint_text() */
    bool extrapolating, late, throttled;
};

/* The decision, and the session that took it; the rest is for the caller. */
void stop_record_fill(struct stop_record *stop, const struct precopyml_decision *decision,
                      const struct precopyml_session_options *options,
                      const precopyml_model *model);

/* Its members, into the object that is open. */
void stop_record_write(struct json_line *line, const struct stop_record *stop);

/* From an object, or NULL: everything unknown. */
void stop_record_read(struct stop_record *stop, const json_t *object);

/* 16 hexadecimal digits that a model shares with its recalibrations. Returns `text`. */
const char *fingerprint_text(char text[STOP_RECORD_WORD], const precopyml_model *model);

#endif
