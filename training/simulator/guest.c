/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <math.h>

#include "random.h"

static void add_zone(struct guest *guest, const struct zone *zone)
{
    if (!(zone->pages >= 1))
        return;
    guest->zone[guest->count] = *zone;
    guest->zone[guest->count].pending = zone->pages;
    guest->count++;
}

/* This run's factor: the model's figures hold in the middle. */
static double varied(const struct guest *guest)
{
    double variation = guest->model->variation;

    return random_between(guest->rng, 1 - variation, 1 + variation);
}

static struct activity stretched(struct activity activity, double factor)
{
    activity.start *= factor;
    activity.end *= factor;
    activity.period *= factor;
    activity.on *= factor;
    return activity;
}

void guest_init(struct guest *guest, const struct guest_model *model, gsl_rng *rng)
{
    double size, rate, time, written = 0.0;

    guest->model = model;
    guest->rng = rng;
    guest->count = 0;
    guest->pages = guest->pending = model->pages;
    size = varied(guest);
    rate = varied(guest);
    time = varied(guest);
    for (size_t i = 0; i < model->count; i++) {
        const struct page_class *class = &model->class[i];
        struct zone zone = {.pages = fmin(rint(class->pages * size), model->pages - written),
                            .rate = class->rate * rate,
                            .sweep = class->sweep,
                            .zero_share = class->zero_share,
                            .zeros = stretched(class->zeros, time),
                            .activity = stretched(class->activity, time)};

        written += fmax(zone.pages, 0);
        add_zone(guest, &zone);
    }
    add_zone(guest, &(struct zone){.pages = fmax(rint(model->used) - written, 0)});
    add_zone(guest, &(struct zone){.pages = model->pages - fmax(rint(model->used), written),
                                   .zero_share = 1});
}

double guest_zeros(const struct zone *zone, double t, double *until)
{
    *until = INFINITY;
    if (zone->zero_share > 0 && zone->zeros.end > 0 && !activity_at(&zone->zeros, t, until))
        return 0.0;
    return zone->zero_share;
}

/* Probability that a page of the zone was written since the last sync. */
static double written_share(struct zone *zone, double t, double speed)
{
    double active = activity_until(&zone->activity, t);
    double writes = zone->rate * speed * (active - zone->active) / zone->pages;

    zone->active = active;
    return zone->sweep ? fmin(writes, 1) : -expm1(-writes);
}

/* Pages of a zone that become pending, `share` of those that are not. */
static double become_pending(const struct guest *guest, struct zone *zone, double share)
{
    double clean = zone->pages - zone->pending;
    double newly = guest->model->expected || zone->sweep
                       ? rint(clean * share)
                       : random_binomial(guest->rng, clean, share);

    zone->pending += newly;
    return newly;
}

/* `wanted` more pages, from the zones that hold something, as far as they go. */
static double fake_dirty(struct guest *guest, double wanted)
{
    double fake = 0.0;

    for (size_t i = guest->count; i-- > 0 && fake < wanted;) {
        struct zone *zone = &guest->zone[i];

        if (zone->zero_share < 1) {
            double more = fmin(wanted - fake, zone->pages - zone->pending);

            zone->pending += more;
            fake += more;
        }
    }
    return fake;
}

struct guest_sync guest_dirty(struct guest *guest, double t, double speed)
{
    double share = guest->model->fake_share;
    struct guest_sync sync = {0, 0};

    for (size_t i = 0; i < guest->count; i++)
        if (guest->zone[i].rate > 0)
            sync.newly +=
                become_pending(guest, &guest->zone[i], written_share(&guest->zone[i], t, speed));
    if (share > 0)
        sync.fake = fake_dirty(guest, rint(sync.newly * share / (1 - share)));
    sync.newly += sync.fake;
    guest->pending += sync.newly;
    return sync;
}
