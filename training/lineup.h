/* SPDX-License-Identifier: MIT */
/* Which trainers compete under the predictor "auto". */
#ifndef LINEUP_H
#define LINEUP_H

#include <precopyml-train.h>

#define LINEUP_NAME "auto"
enum { LINEUP_MAX = 64 };

struct lineup {
    const struct precopyml_trainer_ops *trainer[LINEUP_MAX];
    size_t count; /* 0: no contest */
};

/*
 * Reads "auto", all trainers there are, or "auto:NAME,NAME...", these and physics. The line-up
 * stays empty for any other text. 0, -EINVAL, -ENOTSUP no such trainer, -ENOMEM.
 */
int lineup_parse(const char *text, struct lineup *lineup);

#endif
