/* SPDX-License-Identifier: MIT */
#include "qmp_throttle.h"

#include <math.h>

#include "clock.h"
#include "counter.h"

static double now(const struct qmp_loop *loop)
{
    return loop->clock_offset + clock_of(CLOCK_MONOTONIC);
}

static void record(struct qmp_loop *loop, json_t *changes)
{
    if (changes != NULL)
        trace_recorder_parameters(loop->recorder, now(loop), changes);
    json_decref(changes);
}

static enum qmp_error keep(struct qmp_loop *loop, bool arm)
{
    json_t *changes;
    enum qmp_error error = auto_converge_hold(&loop->throttle, loop->client, arm, &changes);

    record(loop, changes);
    return error;
}

enum qmp_error qmp_throttle_prepare(struct qmp_loop *loop)
{
    return keep(loop, true);
}

enum qmp_error qmp_throttle_keep(struct qmp_loop *loop)
{
    return keep(loop, false);
}

enum qmp_error qmp_throttle_ask(struct qmp_loop *loop, const struct precopyml_decision *decision)
{
    struct qmp_throttling *told = &loop->result.throttling;
    double percent = fmax(decision->throttle, loop->throttle.percent);
    json_t *changes;
    enum qmp_error error = auto_converge_ask(&loop->throttle, loop->client, percent, &changes);

    if (error == QMP_OK && changes != NULL) {
        if (told->count < QMP_THROTTLES)
            told->asked[told->count++] =
                (struct qmp_throttle_step){now(loop), decision->iteration, percent};
        qmp_report_throttle(loop->report, now(loop), percent);
    }
    record(loop, changes);
    return error;
}

enum qmp_error qmp_throttle_release(struct qmp_loop *loop)
{
    json_t *changes;
    enum qmp_error error = auto_converge_release(&loop->throttle, loop->client, &changes);

    record(loop, changes);
    return error;
}

void qmp_throttle_note(struct qmp_loop *loop, const struct precopyml_stats *stats)
{
    struct qmp_throttling *told = &loop->result.throttling;
    double percent = counter(stats, PRECOPYML_STAT_THROTTLE);
    double t = counter(stats, PRECOPYML_STAT_TIME);

    if (!(percent > 0))
        return;
    if (!(told->highest > 0))
        told->since = told->last = t;
    told->highest = fmax(told->highest, percent);
    told->guest_seconds += (t - told->last) * percent / 100;
    told->last = t;
}
