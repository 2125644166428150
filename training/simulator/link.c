/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <math.h>

#include "random.h"

void link_init(struct link_state *link, const struct link_model *model, gsl_rng *rng)
{
    *link = (struct link_state){.model = model, .rng = rng};
    link_advance(link, 0);
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
    if (activity_at(&model->drop, t, &link->until))
        link->rate *= model->drop_share;
    link->until = fmin(link->until, link->level_until);
    if (!(link->until > t)) /* rounding must not keep time from going on */
        link->until = nextafter(t, INFINITY);
}
