/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <math.h>

#include "parameters.h"

void scenario_init(struct scenario *scenario)
{
    *scenario = (struct scenario){
        .guest = {.pages = 262144, .used = 262144},
        .link = {.low = 125e6,
                 .high = 125e6,
                 .hold = 1,
                 .drop_share = 1,
                 .drop = {.start = INFINITY, .end = INFINITY}},
        .sender = {.limit = 0.3,
                   .cap = INFINITY,
                   .sync_time = 0.5e-3,
                   .sync_page_time = 2e-9,
                   .throttle = {.initial = 20, .increment = 10, .most = 99, .trigger = 0.5}},
        .overhead = {.tail_share = 0.02,
                     .tail_median = 0.5,
                     .tail_sigma = 1,
                     .destination_share = 0.7},
        .control = {.unstopped = INFINITY, .give_up = 300, .poll = 0.1},
    };
    parameters_apply(parameters_fitted(), scenario);
}

static bool is_share(double value)
{
    return value >= 0 && value <= 1;
}

static bool makes_sense(const struct activity *activity)
{
    return activity->start >= 0 && activity->end >= activity->start && activity->period >= 0 &&
           activity->on >= 0;
}

static const char *guest_problem(const struct guest_model *guest)
{
    double pages = 0.0;

    for (size_t i = 0; i < guest->count; i++) {
        const struct page_class *class = &guest->class[i];

        if (!(class->pages >= 1) || !(class->rate >= 0) || !isfinite(class->rate))
            return "a class of pages needs pages and a rate of writes";
        if (!is_share(class->zero_share))
            return "a share of zero pages lies between 0 and 1";
        if (!makes_sense(&class->activity) || !makes_sense(&class->zeros))
            return "a class of pages is active at times that make no sense";
        pages += class->pages;
    }
    if (!(guest->used <= guest->pages) || !(guest->pages >= 1) || !(guest->pages <= 0x1p32))
        return "the guest's memory is too small for its workload, or over 16 TiB";
    if (!(pages <= guest->used))
        return "the workload writes more memory than the guest uses";
    if (!(guest->fake_share >= 0 && guest->fake_share < 1))
        return "the share of fake dirty pages lies between 0 and 1";
    if (!(guest->variation >= 0 && guest->variation < 1))
        return "the variation lies between 0 and 1";
    return NULL;
}

static const char *sender_problem(const struct sender_model *sender)
{
    if (!(sender->limit >= 0) || !(sender->limit <= 2000) || !(sender->cap >= 1e3))
        return "a downtime limit lies between 0 and 2000 s, a rate cap is 1 kB/s or more";
    if (!(sender->page_time >= 0) || !(sender->sync_time >= 0) || !(sender->sync_page_time >= 0))
        return "the times that a page and a sync take are not negative";
    if (!(sender->throttle.most < 100) || !(sender->throttle.initial >= 0) ||
        !(sender->throttle.increment >= 0))
        return "a guest is throttled by 0 to 99 percent";
    return NULL;
}

static const char *control_problem(const struct control *control)
{
    if (!(control->stop_least >= 0) || !(control->stop_most >= control->stop_least))
        return "the boundaries to stop at are whole numbers from 1";
    if (!(control->unstopped > 0) || !(control->give_up > 0) || !(control->give_up <= 1e6))
        return "the times to stop and to give up at must be positive, a million seconds at most";
    if (!(control->poll >= 1e-3) || !(control->poll <= 1e6))
        return "between two looks passes a millisecond at least, and a million seconds at most";
    return NULL;
}

const char *scenario_problem(const struct scenario *scenario)
{
    const struct overhead_model *overhead = &scenario->overhead;
    const struct link_model *link = &scenario->link;
    const char *problem = guest_problem(&scenario->guest);

    if (problem == NULL)
        problem = sender_problem(&scenario->sender);
    if (problem == NULL)
        problem = control_problem(&scenario->control);
    if (problem != NULL)
        return problem;
    /* A link that carries nothing would never end a blackout. */
    if (!(link->low >= 1e4) || !(link->high >= link->low) || !(link->high <= 1e12) ||
        !(link->hold >= 1e-3) || !(link->payload >= 1e-3) || !is_share(link->payload))
        return "a link carries from 10 kB/s to 1 TB/s, and its lower rate comes first";
    if (!(link->drop_share >= 1e-3) || !is_share(link->drop_share) || !makes_sense(&link->drop))
        return "a drop of the link leaves a share from 0.001 to 1, and ends after it has begun";
    if (!(overhead->median >= 0) || !(overhead->sigma >= 0) || !is_share(overhead->tail_share) ||
        !(overhead->tail_median >= 0) || !(overhead->tail_sigma >= 0) ||
        !is_share(overhead->destination_share) || !(overhead->median <= 3600) ||
        !(overhead->tail_median <= 3600))
        return "the switchover overhead is at most an hour, its tail a share of the stops";
    return NULL;
}
