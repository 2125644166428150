/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include <math.h>

void throttle_judge(struct throttle *throttle, const struct throttle_model *model, double dirtied,
                    double sent)
{
    if (!model->enabled || !(dirtied > sent * model->trigger) || ++throttle->high < 2)
        return;
    throttle->high = 0;
    throttle->percent = fmin(
        throttle->percent > 0 ? throttle->percent + model->increment : model->initial, model->most);
}
