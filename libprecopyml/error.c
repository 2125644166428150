/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

#include <precopyml.h>

/*
 * Initial-exec: no call into the dynamic loader, which may allocate at a thread's first touch (and
 * which would be one more library needed). It takes 256 of the bytes that glibc keeps for libraries
 * loaded later.
 */
static _Thread_local __attribute__((tls_model("initial-exec"))) char message[256];

int error_set(int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return code;
}

const char *precopyml_error_message(void)
{
    return message;
}
