/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <math.h>

#include "random.h"

void link_init(struct link_state *link, const struct link_model *model, gsl_rng *rng)
{
    *link = (struct link_state){.model = model, .rng = rng};
    link_advance(link, 0);
}

/* Whether the link is in a drop at `t`, and when that changes. */
static bool dropped(const struct activity *drop, double t, double *until)
{
    double since = t - drop->start, in_period;

    *until = INFINITY;
    if (t >= drop->end)
        return false;
    if (since < 0) {
        *until = drop->start;
        return false;
    }
    if (!(drop->period > 0)) {
        *until = drop->end;
        return true;
    }
    in_period = fmod(since, drop->period);
    *until = fmin(t - in_period + (in_period < drop->on ? drop->on : drop->period), drop->end);
    return in_period < drop->on;
}

void link_advance(struct link_state *link, double t)
{
    const struct link_model *model = link->model;

    if (t < link->until)
        return;
    while (link->level_until <= t) {
        link->level = random_between(link->rng, model->low, model->high);
        if (model->high > model->low)
            link->level_until += random_between(link->rng, 0.8 * model->hold, 1.2 * model->hold);
        else
            link->level_until = INFINITY;
    }
    link->rate = link->level * model->payload;
    if (dropped(&model->drop, t, &link->until))
        link->rate *= model->drop_share;
    link->until = fmin(link->until, link->level_until);
    if (!(link->until > t)) /* rounding must not keep time from going on */
        link->until = nextafter(t, INFINITY);
}
