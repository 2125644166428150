/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a trace, plain or xz, walked through a session: it ends, with a message or a row,
 * and no row says STOP with a forecast that is not a finite number.
 */
#include <math.h>

#include "boundary_walk.h"
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static precopyml_model *model;
    struct boundary_walk walk;
    struct boundary_row row;
    char path[32];
    int fd = memory_file(data, length, path);

    if (!model && precopyml_model_builtin(&model))
        abort();
    if (boundary_walk_open(&walk, "fuzz", path, model, NULL) == 0) {
        while (boundary_walk_next(&walk, &row) == 1) {
            if (row.decision.verdict == PRECOPYML_STOP && !isfinite(row.decision.downtime))
                abort();
        }
    }
    boundary_walk_close(&walk);
    close(fd);
    return 0;
}
