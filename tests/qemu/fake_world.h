/* SPDX-License-Identifier: MIT */
/* What the test sets and sees of the QEMU that is not there: a global, as QEMU's own state is. */
#ifndef FAKE_WORLD_H
#define FAKE_WORLD_H

#include "fake_qemu.h"

struct QEMUTimer {
    void (*callback)(void *opaque);
    void *opaque;
};

/* Everything that QEMU's functions pretend. */
extern struct fake_world {
    MigrationState migration;
    MigrationStats ram;
    bool has_counters;
    RunState run;
    MachineState machine;
    int64_t now_ms;
    Notifier *machine_done;
    NotifierWithReturn *sync;
    QEMUTimer *timer;
    unsigned warnings;
    char warning[512];
    void *kept[64]; /* adapters live as long as the process; the test has many */
    size_t kept_count;
} world;

#endif
