/* SPDX-License-Identifier: MIT */
#include "feature_extraction.h"

#include <math.h>

#include "vector.h"

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)
#define GIB (1024.0 * 1024.0 * 1024.0)

/* The unit of eq. 2, whatever the guest's page size. */
#define PAPER_PAGE 4096.0

static double latest(const struct tracker *tracker, enum precopyml_stat id)
{
    return stats_value(&tracker->detector.last, id);
}

static double elapsed_at(const struct tracker *tracker)
{
    double elapsed = latest(tracker, PRECOPYML_STAT_ELAPSED);

    return isnan(elapsed) ? latest(tracker, PRECOPYML_STAT_TIME) - tracker->start : elapsed;
}

/* Equations (1) to (3) as printed; docs/features.md says which unit each input is read in. */
static void extract_paper(const struct tracker *tracker, struct precopyml_features *out)
{
    double total = latest(tracker, PRECOPYML_STAT_MEMORY_TOTAL);
    double remaining = tracker->detector.latest.sample;
    double processed = latest(tracker, PRECOPYML_STAT_TRANSFERRED);

    feature_put(out, PRECOPYML_FEATURE_PAPER_VM_SIZE, total / MIB * 1024.0 - remaining / KIB);
    feature_put(out, PRECOPYML_FEATURE_PAPER_PAGE_DIRTY_RATE,
                latest(tracker, PRECOPYML_STAT_DIRTY_RATE) * PAPER_PAGE /
                    (total / GIB * 1024.0 * 1024.0 * 1024.0));
    feature_put(out, PRECOPYML_FEATURE_PAPER_WORKING_SET_SIZE,
                (processed / MIB * 1024.0 - remaining / KIB) / elapsed_at(tracker));
    feature_put(out, PRECOPYML_FEATURE_PAPER_BANDWIDTH,
                latest(tracker, PRECOPYML_STAT_BANDWIDTH) / MIB);
}

/* What the operator promised, else what the link gave over as long as sending it all will take. */
static double switchover_bandwidth(const struct tracker *tracker)
{
    double promised = latest(tracker, PRECOPYML_STAT_SWITCHOVER_BANDWIDTH);

    return promised > 0 ? promised : tracker->link.matched;
}

static void extract_bandwidth(const struct tracker *tracker, struct precopyml_features *out)
{
    const struct round *round = &tracker->round;

    feature_put(out, PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, round->bytes / round->seconds);
    feature_put(out, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, switchover_bandwidth(tracker));
    feature_put(out, PRECOPYML_FEATURE_BANDWIDTH_RECENT, tracker->link.recent);
    feature_put(out, PRECOPYML_FEATURE_BANDWIDTH_MEAN, tracker->link.mean);
    feature_put(out, PRECOPYML_FEATURE_BANDWIDTH_PEAK, tracker->link.peak);
    feature_put(out, PRECOPYML_FEATURE_BANDWIDTH_SPREAD, tracker->link.spread);
    feature_put(out, PRECOPYML_FEATURE_RATE_CAP, latest(tracker, PRECOPYML_STAT_RATE_CAP));
}

/*
 * What a sync can be expected to leave unsent: the lesser of the last two. A hypervisor that also
 * syncs on a timer leaves much once in a while, which is not what the next boundary will hold.
 */
static double lasting_unsent(const struct tracker *tracker)
{
    return fmin(tracker->unsent[0], tracker->unsent[1]);
}

/* The first pass says nothing of it: most of its zero pages were never written at all. */
static bool resent(const struct tracker *tracker)
{
    return tracker->detector.number >= 2 && tracker->round.pages != 0;
}

static double resent_wire_share(const struct tracker *tracker)
{
    return resent(tracker) ? tracker->wire_share : 1.0;
}

static double round_wire_share(const struct tracker *tracker)
{
    return resent(tracker) ? tracker->round.bytes / tracker->round.page_bytes : 1.0;
}

static void extract_round(const struct tracker *tracker, struct precopyml_features *out)
{
    const struct boundary *boundary = &tracker->detector.latest;
    const struct round *round = &tracker->round;
    double remaining = boundary->remaining;

    feature_put(out, PRECOPYML_FEATURE_REMAINING, boundary->sample);
    feature_put(out, PRECOPYML_FEATURE_REMAINING_BOUNDARY, remaining);
    feature_put(out, PRECOPYML_FEATURE_UNSENT, lasting_unsent(tracker));
    feature_put(out, PRECOPYML_FEATURE_REMAINING_MIN, tracker->remaining_min);
    feature_put(out, PRECOPYML_FEATURE_PAGE_DIRTY_RATE,
                (remaining - boundary->unsent) / round->seconds);
    feature_put(out, PRECOPYML_FEATURE_WORKING_SET_SIZE, tracker->fit.size);
    feature_put(out, PRECOPYML_FEATURE_WRITE_RATE, tracker->fit.write_rate);
    feature_put(out, PRECOPYML_FEATURE_ROUND_LENGTH, round->seconds);
    feature_put(out, PRECOPYML_FEATURE_ROUND_BYTES, round->bytes);
    feature_put(out, PRECOPYML_FEATURE_LAMBDA, tracker->lambda);
    feature_put(out, PRECOPYML_FEATURE_LAMBDA_TREND, tracker->lambda - tracker->lambda_before);
    feature_put(out, PRECOPYML_FEATURE_ZERO_SHARE, round->zero_pages / round->pages);
    feature_put(out, PRECOPYML_FEATURE_ZERO_SHARE_FIRST, tracker->zero_share_first);
    feature_put(out, PRECOPYML_FEATURE_WIRE_RATIO, round->bytes / round->normal_bytes);
    feature_put(out, PRECOPYML_FEATURE_RESENT_WIRE_SHARE, resent_wire_share(tracker));
    feature_put(out, PRECOPYML_FEATURE_ROUND_WIRE_SHARE, round_wire_share(tracker));
    feature_put(out, PRECOPYML_FEATURE_BYTES_SENT, boundary->transferred);
    feature_put(out, PRECOPYML_FEATURE_ITERATION, boundary_iteration(&tracker->detector));
    feature_put(out, PRECOPYML_FEATURE_ROUNDS_LEFT,
                0.0); /* the question is that of stopping here */
}

static void extract_state(const struct tracker *tracker, struct precopyml_features *out)
{
    feature_put(out, PRECOPYML_FEATURE_MEMORY_TOTAL, latest(tracker, PRECOPYML_STAT_MEMORY_TOTAL));
    feature_put(out, PRECOPYML_FEATURE_DIRTY_RATE_REPORTED,
                latest(tracker, PRECOPYML_STAT_DIRTY_RATE) *
                    stats_page_size(&tracker->detector.last));
    feature_put(out, PRECOPYML_FEATURE_ELAPSED, elapsed_at(tracker));
    feature_put(out, PRECOPYML_FEATURE_THROTTLE, latest(tracker, PRECOPYML_STAT_THROTTLE));
    feature_put(out, PRECOPYML_FEATURE_VCPUS, latest(tracker, PRECOPYML_STAT_VCPUS));
    feature_put(out, PRECOPYML_FEATURE_DOWNTIME_LIMIT,
                latest(tracker, PRECOPYML_STAT_DOWNTIME_LIMIT));
    feature_put(out, PRECOPYML_FEATURE_EXPECTED_DOWNTIME, tracker->hypervisor_forecast);
    feature_put(out, PRECOPYML_FEATURE_OTHER_PENDING,
                latest(tracker, PRECOPYML_STAT_OTHER_PENDING));
}

/* What others compute with (Jo et al., SoCC 2017), where it is a function of the above. */
static void extract_composed(const struct tracker *tracker, struct precopyml_features *out)
{
    double beside = latest(tracker, PRECOPYML_STAT_MEMORY_TOTAL) - tracker->fit.size;
    const struct boundary *boundary = &tracker->detector.latest;

    feature_put(out, PRECOPYML_FEATURE_NON_WORKING_SET_SIZE, beside);
    feature_put(out, PRECOPYML_FEATURE_RELATIVE_DIRTY_RATE,
                (boundary->remaining - boundary->unsent) / tracker->round.bytes);
    feature_put(out, PRECOPYML_FEATURE_WORKING_SET_WIRE,
                tracker->fit.size * resent_wire_share(tracker));
    feature_put(out, PRECOPYML_FEATURE_NON_WORKING_SET_WIRE,
                beside * (1 - tracker->zero_share_first));
}

void features_extract(const struct tracker *tracker, struct precopyml_features *features)
{
    *features = (struct precopyml_features){.size = sizeof *features};
    if (!tracker->detector.started)
        return;
    extract_state(tracker, features);
    if (tracker->detector.number == 0)
        return;
    extract_bandwidth(tracker, features);
    extract_round(tracker, features);
    extract_paper(tracker, features);
    extract_composed(tracker, features);
}
