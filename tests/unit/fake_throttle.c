/* SPDX-License-Identifier: MIT */
#include "fake_throttle.h"

#include <math.h>

#define PERIOD 0.04

void fake_throttle_judge(struct fake_throttle *throttle, double now, double dirtied, double sent)
{
    if (now - throttle->judged < PERIOD)
        return;
    throttle->judged = now;
    if (!(dirtied > sent * throttle->trigger / 100) || ++throttle->high < 2)
        return;
    throttle->high = 0;
    throttle->percent = throttle->percent > 0
                            ? fmin(throttle->percent + throttle->increment, throttle->most)
                            : throttle->initial;
}

void fake_throttle_tell(const struct fake_throttle *throttle, json_t *parameters)
{
    json_t *own = json_pack("{s:f, s:f, s:f, s:f, s:b}", "throttle-trigger-threshold",
                            throttle->trigger, "cpu-throttle-initial", throttle->initial,
                            "cpu-throttle-increment", throttle->increment, "max-cpu-throttle",
                            throttle->most, "cpu-throttle-tailslow", 0);

    json_object_update(parameters, own);
    json_decref(own);
}

static bool take(const json_t *arguments, const char *name, double *value)
{
    const json_t *given = json_object_get(arguments, name);

    if (given != NULL)
        *value = json_number_value(given);
    return given != NULL;
}

bool fake_throttle_set(struct fake_throttle *throttle, const json_t *arguments)
{
    struct fake_throttle wanted = *throttle;
    bool any = take(arguments, "throttle-trigger-threshold", &wanted.trigger);

    any |= take(arguments, "cpu-throttle-initial", &wanted.initial);
    any |= take(arguments, "cpu-throttle-increment", &wanted.increment);
    any |= take(arguments, "max-cpu-throttle", &wanted.most);
    if (any && (throttle->refuses ||
                !(wanted.initial >= 1 && wanted.initial <= wanted.most && wanted.most <= 99)))
        return false;
    *throttle = wanted;
    return true;
}
