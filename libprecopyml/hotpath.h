/* SPDX-License-Identifier: MIT */
/*
 * exp and log touch errno and the floating-point environment; a hypervisor's thread must find both
 * as it left them. Every public hot call brackets its work with these two.
 */
#ifndef HOTPATH_H
#define HOTPATH_H

#include <fenv.h>

struct hotpath_guard {
    fenv_t environment;
    int error;
};

/* Saves errno and the floating-point environment, then works in the default one (no traps). */
void hotpath_enter(struct hotpath_guard *guard);
void hotpath_leave(const struct hotpath_guard *guard);

#endif
