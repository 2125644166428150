/* SPDX-License-Identifier: MIT */
#include "train_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <precopyml-train.h>

static _Thread_local char message[TRAIN_ERROR_SIZE];

int train_error(int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return code;
}

int train_no_memory(void)
{
    return train_error(-ENOMEM, "out of memory");
}

const char *precopyml_train_error_message(void)
{
    return message;
}
