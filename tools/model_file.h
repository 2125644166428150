/* SPDX-License-Identifier: MIT */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include <precopyml.h>

/*
 * Loads a model, to be given back by precopyml_model_unref(). EXIT_OK, or EXIT_BAD_MODEL after a
 * message that names the file; `program` is argv[0].
 */
int model_file_load(const char *program, const char *path, precopyml_model **model);

/* The message alone, for an `error` (-errno) of the library's loaders, right after the call. */
int model_file_failed(const char *program, const char *path, int error);

#endif
