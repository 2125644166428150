/* SPDX-License-Identifier: MIT */
/* Questions that several trainers ask of their task. */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>

#include <precopyml-train.h>

/* False when the feature is the same in all rows: the data has no say in what weight it gets. */
static inline bool task_varies(const struct precopyml_trainer_task *task, size_t feature)
{
    for (size_t i = 1; i < task->rows; i++) {
        if (task->x[i * task->feature_count + feature] != task->x[feature])
            return true;
    }
    return false;
}

#endif
