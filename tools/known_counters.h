/* SPDX-License-Identifier: MIT */
/*
 * What a trace's records between the samples say for the samples that follow: vCPUs, limit and rate
 * cap of the meta line, parameters, and the moment of the latest sync.
 */
#ifndef KNOWN_COUNTERS_H
#define KNOWN_COUNTERS_H

#include <precopyml.h>

#include "trace.h"

/* Takes notice of any record; samples and outcomes say nothing here. */
void known_counters_note(struct precopyml_stats *known, const struct trace_record *record);

#endif
