/* SPDX-License-Identifier: MIT */
#include "phases.h"

#include <math.h>

#include "bandwidth.h"
#include "throttled.h"

/* A fall and a rise of a factor of two: less is a guest's everyday unrest. */
#define FALL 0.5
#define RISE 2.0
/* A phase that is overdue by more than this share of its length is not coming as it did. */
#define OVERDUE 0.25

/*
 * Zeros come and go with what the guest does, and the rounds that send them are short. What was
 * data at one boundary is planned with as data at the next, and as half as much at each after it;
 * what is not known, at the first one, as data too.
 */
#define FADE 0.5

void phases_reset(struct phases *phases)
{
    *phases = (struct phases){.level = NAN,
                              .low = NAN,
                              .rose = NAN,
                              .length = NAN,
                              .high = 1,
                              .share = NAN,
                              .seen = 1, /* the first pass tells nothing of what is sent again */
                              .fastest = NAN,
                              .slow_from = NAN,
                              .unthrottled = NAN,
                              .helped_from = NAN};
}

static void add_link(struct phases *phases, double time, double recent, double peak)
{
    phases->fastest = fmax(phases->fastest, peak);
    if (!bandwidth_in_drop(recent, phases->fastest))
        phases->slow_from = NAN;
    else if (isnan(phases->slow_from))
        phases->slow_from = time;
}

void phases_add(struct phases *phases, double time, double remaining, double share, double recent,
                double peak)
{
    add_link(phases, time, recent, peak);
    phases->share = fmax(share, phases->seen);
    phases->seen = fmax(share, FADE * phases->seen);
    if (!(remaining >= 0))
        return;
    if (phases->high && remaining < FALL * phases->level) {
        phases->high = 0;
        phases->low = remaining;
        phases->length = time - phases->rose;
        phases->falls++;
    } else if (!phases->high && remaining > RISE * phases->low) {
        phases->high = 1;
        phases->rose = time;
        phases->level = remaining;
    } else if (phases->high) {
        phases->level = remaining;
    } else {
        phases->low = fmin(phases->low, remaining);
    }
}

void phases_throttle(struct phases *phases, double time, double remaining, double throttle)
{
    double percent = throttle > THROTTLE_NONE ? throttle : 0;

    if (isnan(throttle))
        return;
    if (phases->throttle == 0)
        phases->unthrottled = remaining;
    phases->untried = percent > 0 && phases->throttle != percent;
    if (phases->throttle != percent)
        phases->helped_from = NAN;
    if (percent > 0 && isnan(phases->helped_from) && remaining < FALL * phases->unthrottled)
        phases->helped_from = time;
    phases->throttle = percent;
}

double phases_wait(const struct phases *phases, double time)
{
    double wait = phases->rose + phases->length - time;

    if (!phases->high || !(wait >= -OVERDUE * phases->length))
        return NAN;
    return fmax(wait, 0);
}
