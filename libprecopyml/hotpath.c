/* SPDX-License-Identifier: MIT */
#include "hotpath.h"

#include <errno.h>

void hotpath_enter(struct hotpath_guard *guard)
{
    guard->error = errno;
    fegetenv(&guard->environment);
    fesetenv(FE_DFL_ENV);
}

void hotpath_leave(const struct hotpath_guard *guard)
{
    fesetenv(&guard->environment);
    errno = guard->error;
}
