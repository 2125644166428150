/* SPDX-License-Identifier: MIT */
#include "hold.h"

#include <math.h>

#include "qmp_migration.h"

void hold_init(struct hold *hold, struct qmp_client *client, double operator_ms, double hold_ms,
               bool observe_only)
{
    *hold = (struct hold){.client = client,
                          .operator_ms = operator_ms,
                          .hold_ms = hold_ms,
                          .observe_only = observe_only,
                          .state = HOLD_OPERATOR,
                          .in_force_ms = operator_ms,
                          .steady_ms = operator_ms,
                          .sent_ms = operator_ms};
}

static enum qmp_error set(struct hold *hold, double ms, enum hold_state state, double steady_ms)
{
    if (hold->in_force_ms != ms || hold->sent_ms != ms) {
        hold->sent_ms = ms;
        enum qmp_error error = qmp_set_downtime_limit(hold->client, ms);
        if (error != QMP_OK)
            return error;
        hold->in_force_ms = ms;
    }
    hold->state = state;
    hold->steady_ms = steady_ms;
    return QMP_OK;
}

/* What QEMU has and we have not set is the operator's newest word. */
static enum qmp_error heed_operator(struct hold *hold)
{
    double now_ms = NAN;

    if (hold->in_force_ms != hold->sent_ms)
        return QMP_OK; /* it may be ours */
    enum qmp_error error = qmp_get_downtime_limit(hold->client, &now_ms);
    if (error == QMP_OK && !isnan(now_ms) && now_ms != hold->sent_ms)
        hold->operator_ms = hold->in_force_ms = hold->sent_ms = hold->steady_ms = now_ms;
    return error;
}

static enum qmp_error set_ours(struct hold *hold, double ms, enum hold_state state,
                               double steady_ms)
{
    enum qmp_error error = hold->observe_only ? QMP_OK : heed_operator(hold);

    if (hold->observe_only || (error != QMP_OK && error != QMP_REJECTED))
        return error;
    return set(hold, ms, state, steady_ms);
}

enum qmp_error hold_take(struct hold *hold, double ms)
{
    return set_ours(hold, ms, HOLD_OURS, ms);
}

enum qmp_error hold_let_in(struct hold *hold, double ms)
{
    return set_ours(hold, ms, HOLD_OURS, hold->steady_ms);
}

enum qmp_error hold_permit(struct hold *hold, double ms)
{
    return set_ours(hold, ms, HOLD_PERMITTED, ms);
}

enum qmp_error hold_release(struct hold *hold)
{
    if (hold_is_released(hold))
        return QMP_OK;
    (void)heed_operator(hold); /* what cannot be asked may still be set */
    return set(hold, hold->operator_ms, HOLD_OPERATOR, hold->operator_ms);
}

bool hold_is_released(const struct hold *hold)
{
    return hold->observe_only ||
           (hold->state == HOLD_OPERATOR && hold->sent_ms == hold->operator_ms);
}
