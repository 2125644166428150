/* SPDX-License-Identifier: MIT */
/* The per-thread message behind precopyml_error_message(). Never used by the hot calls. */
#ifndef ERROR_H
#define ERROR_H

/*
 * Formats the message (at most 255 bytes; integers and strings only, never %f or %g, which depend
 * on the locale) and returns `code`, a negative errno value, so that callers can `return
 * error_set(-EBADMSG, "...")`.
 */
int error_set(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
