/* SPDX-License-Identifier: MIT */
/* A model file as it lies there, and what can be read from it. */
#ifndef MODEL_BYTES_H
#define MODEL_BYTES_H

#include <precopyml.h>

struct model_bytes {
    void *data;
    size_t length;
    precopyml_model *model;
};

/* EXIT_OK, or EXIT_BAD_MODEL after a message. */
int model_bytes_read(struct model_bytes *bytes, const char *program, const char *path);

void model_bytes_free(struct model_bytes *bytes);

#endif
