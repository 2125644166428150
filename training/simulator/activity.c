/* SPDX-License-Identifier: MIT */
#include "activity.h"

double activity_until(const struct activity *activity, double t)
{
    double passed = fmin(t, activity->end) - activity->start;
    double periods;

    if (!(passed > 0))
        return 0.0;
    if (!(activity->period > 0))
        return passed;
    periods = floor(passed / activity->period);
    return periods * activity->on + fmin(passed - periods * activity->period, activity->on);
}

bool activity_at(const struct activity *activity, double t, double *until)
{
    double since = t - activity->start, in_period;

    *until = INFINITY;
    if (t >= activity->end)
        return false;
    if (since < 0) {
        *until = activity->start;
        return false;
    }
    if (!(activity->period > 0)) {
        *until = activity->end;
        return true;
    }
    in_period = fmod(since, activity->period);
    *until = fmin(t - in_period + (in_period < activity->on ? activity->on : activity->period),
                  activity->end);
    if (!(*until > t)) /* rounding must not hide a change that is due */
        *until = nextafter(t, INFINITY);
    return in_period < activity->on;
}
