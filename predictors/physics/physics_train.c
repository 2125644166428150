/* SPDX-License-Identifier: MIT */
/* Nothing to fit: the overhead belongs to the model, and the head is a residual of zero. */
#include "trainer.h"

extern const struct precopyml_trainer_ops trainer_physics;

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    (void)task;
    (void)result;
    return 0;
}

const struct precopyml_trainer_ops trainer_physics = {
    .size = PRECOPYML_TRAINER_OPS_INIT,
    .name = "physics",
    .summary = "fits the overhead only",
    .flags = PRECOPYML_TRAINER_PHYSICS,
    .fit = fit,
};
