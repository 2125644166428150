/* SPDX-License-Identifier: MIT */
/* The monitor of the QEMU that is not there: commands, and what happens to it meanwhile. */
#ifndef FAKE_MONITOR_H
#define FAKE_MONITOR_H

#include "fake_qemu.h"

/* Until the program has ended, 60 s at most; then `exit` is known. */
void fake_serve(struct fake_qemu *fake);

#endif
