/* SPDX-License-Identifier: MIT */
/* The migration of the QEMU that is not there: its rounds, its end, and what query-migrate tells.
 */
#ifndef FAKE_MIGRATION_H
#define FAKE_MIGRATION_H

#include <jansson.h>

#include "fake_qemu.h"

bool fake_is(const struct fake_qemu *fake, const char *status);

void fake_begin(struct fake_qemu *fake);

/* Brings it to the present: QEMU's rule, below the threshold it syncs, and stops the guest if it is
 * still below. */
void fake_advance(struct fake_qemu *fake);

json_t *fake_query_migrate(struct fake_qemu *fake);

#endif
