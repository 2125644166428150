/* SPDX-License-Identifier: MIT */
/* How the predictor of a model was picked by "auto", told to people. */
#ifndef CONTEST_TEXT_H
#define CONTEST_TEXT_H

#include <stdio.h>

#include <jansson.h>

/* A short table from a target's entry of the provenance; nothing when its predictor was named. */
void contest_text(FILE *stream, const json_t *entry);

#endif
