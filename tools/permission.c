/* SPDX-License-Identifier: MIT */
#include "permission.h"

#include <math.h>

/* Of what QEMU will find pending, over what we believe it will. */
#define PENDING_MARGIN 1.5

/*
 * Seconds from our decision to QEMU's sync: its 100 ms counter window, a 50 ms slice of sending,
 * up to 100 ms of waiting for its rate limit. The guest dirties on meanwhile.
 */
#define EFFECT_TIME 0.25

#define RECENT_TIME 1.0

/*
 * A sample this far under the highest is no speed of the link but a window in which QEMU skipped
 * zero pages or synced; the next window is another one, and a limit made for this one would let
 * any burst through.
 */
#define LOWEST_SHARE 0.0625

#define SAMPLES (sizeof((struct recent_bandwidth *)0)->t / sizeof(double))

void recent_bandwidth_add(struct recent_bandwidth *recent, double t, double bandwidth)
{
    size_t i = recent->next % SAMPLES;

    if (!(bandwidth > 0) || !isfinite(bandwidth))
        return;
    recent->t[i] = t;
    recent->value[i] = bandwidth;
    recent->next++;
}

double recent_bandwidth_lowest(const struct recent_bandwidth *recent, double now)
{
    double lowest = NAN, highest = 0;

    for (size_t i = 0; i < SAMPLES && i < recent->next; i++) {
        if (now - recent->t[i] > RECENT_TIME)
            continue;
        lowest = fmin(lowest, recent->value[i]); /* fmin ignores a NaN */
        highest = fmax(highest, recent->value[i]);
    }
    return isnan(lowest) ? lowest : fmax(lowest, highest * LOWEST_SHARE);
}

double permission_upper(double downtime, double upper)
{
    return isnan(upper) ? downtime * UNCALIBRATED_FACTOR : upper;
}

double permission_ms(const struct permission_terms *terms)
{
    double grows = terms->dirty_rate > 0 ? terms->dirty_rate * EFFECT_TIME : 0;
    double pending = PENDING_MARGIN * (terms->remaining + grows);
    double qemu = pending / terms->bandwidth;
    double ours = permission_upper(terms->downtime, terms->upper);
    double ms = ceil(1e3 * fmax(qemu, ours)); /* fmax ignores a NaN */

    return fmin(fmax(ms, 1), DOWNTIME_LIMIT_MAX_MS);
}

double hold_default_ms(double limit_ms, double operator_ms)
{
    double third = floor((limit_ms > 0 ? limit_ms : operator_ms) / 3);

    return fmin(fmax(fmin(third, operator_ms), 1), DOWNTIME_LIMIT_MAX_MS);
}
