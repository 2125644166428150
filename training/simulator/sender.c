/* SPDX-License-Identifier: MIT */
#include "sender.h"

#include <math.h>

static const double rate_period = 1.0; /* s, between two looks at the dirty rate */

void sender_init(struct sender *sender, const struct sender_model *model)
{
    sender->model = model;
    sender->limit = sender->expected = model->limit;
    sender->syncs = 1;
    sender->dirty_at_sync = sender_pending(sender);
}

double sender_pending(const struct sender *sender)
{
    return sender->guest.pending * SCENARIO_PAGE;
}

/* Bytes that may still be sent in this window. */
static double quota(const struct sender *sender)
{
    if (sender->uncapped)
        return INFINITY;
    return sender->model->cap * SENDER_WINDOW - (sender->transferred - sender->window_transferred);
}

bool sender_is_capped(const struct sender *sender)
{
    return !(quota(sender) > 0);
}

static struct zone *zone_at_cursor(struct sender *sender)
{
    struct guest *guest = &sender->guest;

    while (!(guest->zone[sender->cursor].pending > 0))
        sender->cursor = (sender->cursor + 1) % guest->count;
    return &guest->zone[sender->cursor];
}

/* Pages of a zone are sent, a share of them zeros. */
static void account(struct sender *sender, struct zone *zone, double pages, double zeros)
{
    double zero;

    zone->zero_rest += pages * zeros;
    zero = floor(zone->zero_rest + 1e-6);
    zone->zero_rest = fmax(zone->zero_rest - zero, 0);
    zone->pending -= pages;
    sender->guest.pending -= pages;
    sender->zero += zero;
    sender->normal += pages - zero;
    sender->transferred += zero * SENDER_ZERO + (pages - zero) * SENDER_PAGE;
}

/* Sends from one zone, at one rate. */
static void send_zone(struct sender *sender, double until)
{
    struct zone *zone = zone_at_cursor(sender);
    double change;
    double zeros = guest_zeros(zone, sender->t, &change);
    double wire = zeros * SENDER_ZERO + (1 - zeros) * SENDER_PAGE;
    double seconds = fmax(wire / sender->link.rate, sender->model->page_time); /* a page */
    double most = fmin(zone->pending, ceil(quota(sender) / wire));
    double possible;

    until = fmin(until, change);
    possible = sender->progress + (until - sender->t) / seconds;
    if (possible >= most) {
        sender->t = fmin(sender->t + fmax(most - sender->progress, 0) * seconds, until);
        sender->progress = 0;
        account(sender, zone, most, zeros);
    } else {
        sender->t = until;
        sender->progress = possible - floor(possible);
        account(sender, zone, floor(possible), zeros);
    }
}

void sender_send(struct sender *sender, double until)
{
    while (sender->t < until && sender->guest.pending > 0 && !sender_is_capped(sender)) {
        link_advance(&sender->link, sender->t);
        send_zone(sender, fmin(until, sender->link.until));
    }
}

/* The least time for a page of a zone, whatever comes. */
static double least_page_time(const struct sender *sender, const struct zone *zone)
{
    const struct link_model *link = sender->link.model;
    double wire = zone->zero_share * SENDER_ZERO + (1 - zone->zero_share) * SENDER_PAGE;

    return fmax(wire / (link->high * link->payload), sender->model->page_time);
}

/* Seconds that surely pass until no more than `left` pages are to be sent. */
static double least_time(const struct sender *sender, double left)
{
    const struct guest *guest = &sender->guest;
    double pages = guest->pending - left, seconds = 0.0;

    for (size_t i = 0; i < guest->count && pages > 0; i++) {
        const struct zone *zone = &guest->zone[(sender->cursor + i) % guest->count];
        double sent = fmin(zone->pending, pages);

        seconds += sent * least_page_time(sender, zone);
        pages -= sent;
    }
    return seconds;
}

void sender_skip(struct sender *sender, double until)
{
    const struct link_model *link = sender->link.model;
    /* Bytes/s; a window may end just after a page. */
    double most = link->high * link->payload + SENDER_PAGE / SENDER_WINDOW;
    double left, windows;

    if (isfinite(sender->model->cap) || sender->t > sender->window_start)
        return;
    /* The highest threshold that there can be; then two windows at the least. */
    left = ceil(most * sender->limit / SCENARIO_PAGE) + 1;
    windows = floor(
        fmin(least_time(sender, left) / SENDER_WINDOW - 2, (until - sender->t) / SENDER_WINDOW));
    if (!(windows >= 1))
        return;
    sender_send(sender, sender->t + windows * SENDER_WINDOW);
    sender->window_start = sender->t;
    sender->window_transferred = sender->transferred;
    sender->window_pages = sender->normal + sender->zero;
}

/* What QEMU judges when the last look was over a second ago. */
static void judge_period(struct sender *sender)
{
    double seconds = sender->t - sender->period_start;

    if (!(seconds > rate_period))
        return;
    throttle_judge(&sender->throttle, &sender->model->throttle,
                   sender->period_dirty * SCENARIO_PAGE,
                   sender->transferred - sender->period_transferred);
    sender->dirty_rate = floor(sender->period_dirty / seconds);
    sender->period_start = sender->t;
    sender->period_dirty = 0;
    sender->period_transferred = sender->transferred;
}

struct guest_sync sender_sync(struct sender *sender)
{
    struct guest_sync sync =
        guest_dirty(&sender->guest, sender->t, 1 - sender->throttle.percent / 100);

    sender->syncs++;
    sender->period_dirty += sync.newly;
    sender->dirty_at_sync = sender_pending(sender);
    judge_period(sender);
    return sync;
}

double sender_sync_time(const struct sender *sender)
{
    return sender->model->sync_time + sender->model->sync_page_time * sender->guest.pages;
}

void sender_refresh(struct sender *sender)
{
    double seconds = sender->t - sender->window_start;
    double sent = sender->transferred - sender->window_transferred;
    double pages = sender->normal + sender->zero;

    if (seconds < SENDER_WINDOW - 1e-9) /* the sum of slices is not exact */
        return;
    sender->bandwidth = sent / seconds;
    sender->pages_per_second = floor((pages - sender->window_pages) / seconds);
    sender->threshold = sender->bandwidth * sender->limit;
    if (sender->dirty_rate > 0 && sent > 10000)
        sender->expected = sender->dirty_at_sync / sender->bandwidth;
    sender->window_start = sender->t;
    sender->window_transferred = sender->transferred;
    sender->window_pages = pages;
}
