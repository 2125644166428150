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
