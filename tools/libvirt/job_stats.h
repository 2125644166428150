/* SPDX-License-Identifier: MIT */
/*
 * libvirt's job statistics in the words of QEMU's query-migrate, which they come from: the rest of
 * the program, traces included, knows these only.
 */
#ifndef JOB_STATS_H
#define JOB_STATS_H

#include <jansson.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

/*
 * The value of query-migrate's `return`, with `status`; what libvirt does not tell is left out.
 * A new reference, or NULL when memory is out.
 */
json_t *job_stats_to_query_migrate(const virTypedParameter *params, int count, const char *status);

/* Whether they are of a migration that leaves this host. */
bool job_stats_is_migration_out(const virTypedParameter *params, int count);

#endif
