/* SPDX-License-Identifier: MIT */
/* What the QEMU that is not there says on its monitor: answers and events. */
#ifndef FAKE_SPEECH_H
#define FAKE_SPEECH_H

#include <jansson.h>

#include "fake_qemu.h"

/* s, CLOCK_MONOTONIC. */
double fake_now(void);

/* To the client, if there is one; `message` and `data` are taken, `data` may be NULL. */
void fake_say(struct fake_qemu *fake, const char *text);
void fake_say_json(struct fake_qemu *fake, json_t *message);
void fake_say_event(struct fake_qemu *fake, const char *name, json_t *data);

/* The migration's status from now on; an event where the capability is set. */
void fake_say_status(struct fake_qemu *fake, const char *status);

void fake_hang_up(struct fake_qemu *fake);

/* The listener goes first: whoever reconnects after the hang-up finds nobody. */
void fake_die(struct fake_qemu *fake);

#endif
