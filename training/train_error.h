/* SPDX-License-Identifier: MIT */
/* The per-thread message behind precopyml_train_error_message(). */
#ifndef TRAIN_ERROR_H
#define TRAIN_ERROR_H

enum { TRAIN_ERROR_SIZE = 512 };

/* Formats the message, cut to TRAIN_ERROR_SIZE, and returns `code`, a negative errno value. */
int train_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -ENOMEM with its message. */
int train_no_memory(void);

#endif
