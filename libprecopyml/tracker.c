/* SPDX-License-Identifier: MIT */
#include "tracker.h"

#include <math.h>

#include "throttled.h"
#include "vector.h"

void tracker_reset(struct tracker *tracker)
{
    boundary_reset(&tracker->detector);
    bandwidth_reset(&tracker->bandwidth);
    working_set_reset(&tracker->working_set);
    phases_reset(&tracker->phases);
    tracker->speed = 1.0;
    tracker->start = NAN;
    tracker->round = (struct round){NAN, NAN, NAN, NAN, NAN, NAN};
    tracker->wire_share = tracker->zero_share_first = NAN;
    tracker->lambda = tracker->lambda_before = NAN;
    tracker->remaining_min = NAN;
    tracker->unsent[0] = tracker->unsent[1] = NAN;
    tracker->forecast_at_start = tracker->hypervisor_forecast = NAN;
    tracker->fit = (struct working_set_fit){NAN, NAN};
    tracker->link = (struct bandwidth_summary){NAN, NAN, NAN, NAN, NAN};
}

static struct boundary counters(const struct precopyml_stats *stats)
{
    return (struct boundary){
        .time = stats_value(stats, PRECOPYML_STAT_TIME),
        .remaining = stats_value(stats, PRECOPYML_STAT_REMAINING),
        .sample = stats_value(stats, PRECOPYML_STAT_REMAINING),
        .transferred = stats_value(stats, PRECOPYML_STAT_TRANSFERRED),
        .zero_pages = stats_value(stats, PRECOPYML_STAT_ZERO_PAGES),
        .normal_pages = stats_value(stats, PRECOPYML_STAT_NORMAL_PAGES),
    };
}

static void begin(struct tracker *tracker, const struct precopyml_stats *stats)
{
    tracker->start = stats_value(stats, PRECOPYML_STAT_TIME);
    tracker->mark = counters(stats);
    content_begin(&tracker->content, &tracker->mark);
}

static struct round round_between(const struct boundary *from, const struct boundary *to,
                                  double page_size)
{
    double zero = to->zero_pages - from->zero_pages;
    double normal = to->normal_pages - from->normal_pages;

    return (struct round){
        .seconds = to->time - from->time,
        .bytes = to->transferred - from->transferred,
        .normal_bytes = normal * page_size,
        .page_bytes = (zero + normal) * page_size,
        .zero_pages = zero,
        .pages = zero + normal,
    };
}

/*
 * The first pass began with the migration, which the first snapshot may have missed; the
 * hypervisor's own clock knows.
 */
static void complete_first_pass(struct tracker *tracker, const struct precopyml_stats *stats)
{
    double elapsed = stats_value(stats, PRECOPYML_STAT_ELAPSED);
    double since_start = stats_value(stats, PRECOPYML_STAT_TIME) - tracker->mark.time;

    if (!tracker->detector.late) {
        if (elapsed > since_start)
            tracker->mark.time -= elapsed - since_start;
        tracker->mark.transferred = 0;
        tracker->mark.zero_pages = 0;
        tracker->mark.normal_pages = 0;
    }
}

static double speed_of(const struct precopyml_stats *stats)
{
    return throttle_leaves(stats_value(stats, PRECOPYML_STAT_THROTTLE));
}

static void forget_round(struct tracker *tracker)
{
    tracker->mark = tracker->before.mark;
    tracker->phases = tracker->before.phases;
    tracker->working_set.count = tracker->before.rounds;
    tracker->remaining_min = tracker->before.remaining_min;
    tracker->lambda = tracker->lambda_before;
    tracker->unsent[0] = tracker->unsent[1];
}

static void finish_round(struct tracker *tracker, const struct precopyml_stats *stats)
{
    const struct boundary *latest = &tracker->detector.latest;
    bool whole =
        tracker->detector.steps == 1; /* else several rounds went by between two snapshots */
    bool first = tracker->detector.number == 1;

    tracker->before = (struct before_round){tracker->mark, tracker->phases,
                                            tracker->working_set.count, tracker->remaining_min};
    if (first)
        complete_first_pass(tracker, stats);
    tracker->round = round_between(&tracker->mark, latest, stats_page_size(stats));
    content_add(&tracker->content, latest, stats_page_size(stats));
    if (first) {
        tracker->zero_share_first = tracker->round.zero_pages / tracker->round.pages;
        content_begin(&tracker->content, latest); /* most of its zeros were never written at all */
    }
    tracker->lambda_before = tracker->lambda;
    tracker->lambda = first ? (double)NAN : latest->remaining / tracker->mark.remaining;
    if (whole && !(first && tracker->detector.late))
        working_set_add(&tracker->working_set, tracker->round.seconds, tracker->speed,
                        latest->remaining - latest->unsent, latest->unsent);
    tracker->link = bandwidth_summarize(&tracker->bandwidth, latest->remaining);
    tracker->wire_share = content_wire_share(&tracker->content, tracker->link.recent);
    tracker->fit = working_set_estimate(&tracker->working_set,
                                        latest->remaining / tracker->link.recent * speed_of(stats));
    phases_add(&tracker->phases, latest->time, latest->remaining, tracker->wire_share,
               tracker->link.recent, tracker->link.peak);
    phases_throttle(&tracker->phases, latest->time, latest->remaining,
                    stats_value(stats, PRECOPYML_STAT_THROTTLE));
    tracker->remaining_min = fmin(tracker->remaining_min, latest->remaining);
    tracker->unsent[1] = tracker->unsent[0];
    tracker->unsent[0] = latest->unsent;
    tracker->mark = *latest;
}

/*
 * QEMU's forecast reads as the limit that the migration started with, which may have been changed
 * since, until its first refresh, some time after the first pass.
 */
static void note_forecast(struct tracker *tracker, const struct precopyml_stats *stats)
{
    double forecast = stats_value(stats, PRECOPYML_STAT_EXPECTED_DOWNTIME);

    if (tracker->detector.number == 0)
        tracker->forecast_at_start = tracker->detector.late ? (double)NAN : forecast;
    else if (tracker->detector.number > 1 || forecast != tracker->forecast_at_start)
        tracker->hypervisor_forecast = forecast;
}

enum boundary_event tracker_observe(struct tracker *tracker, const struct precopyml_stats *stats)
{
    enum boundary_event event = boundary_observe(&tracker->detector, stats), found = event;

    if (event == BOUNDARY_IGNORED)
        return event;
    if (event == BOUNDARY_RESTARTED) {
        tracker_reset(tracker);
        found = boundary_observe(&tracker->detector, stats);
    }
    if (isnan(tracker->start))
        begin(tracker, stats);
    bandwidth_observe(&tracker->bandwidth, stats);
    note_forecast(tracker, stats);
    if (found == BOUNDARY_CORRECTED)
        forget_round(tracker);
    if (found == BOUNDARY_NEW || found == BOUNDARY_CORRECTED) {
        finish_round(tracker, stats);
    } else {
        struct boundary now = counters(stats);

        content_add(&tracker->content, &now, stats_page_size(stats));
    }
    tracker->speed = speed_of(stats);
    return event;
}
