/* SPDX-License-Identifier: MIT */
/* From what was tracked to the features of the catalogue. */
#ifndef FEATURE_EXTRACTION_H
#define FEATURE_EXTRACTION_H

#include "tracker.h"

/* Fills a complete struct; before the first boundary only what does not need one is known. */
void features_extract(const struct tracker *tracker, struct precopyml_features *features);

#endif
