/* SPDX-License-Identifier: MIT */
/* A model, told to people. */
#ifndef MODEL_TEXT_H
#define MODEL_TEXT_H

#include <stdio.h>

#include <precopyml.h>

/* A few lines: what it forecasts, from what, and how well it did in its cross-validation. */
void model_text(FILE *stream, const precopyml_model *model);

#endif
