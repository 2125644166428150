/* SPDX-License-Identifier: MIT */
#include "boundary.h"

#include <math.h>

#include "vector.h"

/* A rise of `remaining` by less than this share of memory is noise (ballooning), not a sync. */
#define RISE_SHARE 1e-4
/* QEMU sends for this long before it looks whether the round is over. */
#define SLICE_SECONDS 0.05

/* Guest memory sent so far, in bytes, counted in pages; NaN when the counters are not there. */
static double pages_sent(const struct precopyml_stats *stats)
{
    return (stats_value(stats, PRECOPYML_STAT_NORMAL_PAGES) +
            stats_value(stats, PRECOPYML_STAT_ZERO_PAGES)) *
           stats_page_size(stats);
}

/* The same, or what went over the wire where pages are not counted. */
static double sent_so_far(const struct precopyml_stats *stats)
{
    double sent = pages_sent(stats);

    return isnan(sent) ? stats_value(stats, PRECOPYML_STAT_TRANSFERRED) : sent;
}

void boundary_reset(struct boundary_detector *detector)
{
    *detector = (struct boundary_detector){.steps = 0};
}

/*
 * More than all of memory was sent, and more than one sync made: the first pass went by unseen. An
 * earlier, cancelled job leaves a high first count too, but has sent nothing yet.
 */
static bool attached_late(const struct precopyml_stats *stats, double count)
{
    double sent = sent_so_far(stats);
    double total = stats_value(stats, PRECOPYML_STAT_MEMORY_TOTAL);

    return count > 1 && sent > 0 && total > 0 &&
           sent + stats_value(stats, PRECOPYML_STAT_REMAINING) > total * 1.001;
}

static void begin(struct boundary_detector *detector, const struct precopyml_stats *stats)
{
    double count = stats_value(stats, PRECOPYML_STAT_SYNC_COUNT);

    detector->started = true;
    detector->counts = count >= 1;
    detector->first_count = detector->counts ? count : 1;
    detector->last_count = detector->first_count;
    detector->late = attached_late(stats, count);
}

/*
 * Bytes that the sender leaves when it syncs. QEMU does so as soon as what remains would pass in
 * its downtime limit, and looks after slices of 50 ms: about half a slice under bandwidth x limit,
 * and anything down to nothing when a slice holds more than that, as one of zeros may: they go at
 * the speed of a scan. `sent`: from the last snapshot to this one. 0 where the limit is not known.
 */
static double expected_unsent(const struct precopyml_stats *last,
                              const struct precopyml_stats *stats, double sent)
{
    double limit = stats_value(last, PRECOPYML_STAT_DOWNTIME_LIMIT);
    double bandwidth = stats_value(last, PRECOPYML_STAT_BANDWIDTH);
    double seconds =
        stats_value(stats, PRECOPYML_STAT_TIME) - stats_value(last, PRECOPYML_STAT_TIME);
    double speed = fmax(bandwidth, sent / seconds);
    double left = limit * bandwidth - fmin(limit, SLICE_SECONDS) / 2 * speed;

    return left > 0 ? fmin(left, last->value[PRECOPYML_STAT_REMAINING]) : 0.0;
}

/*
 * Bytes of memory sent beyond what remained at the last snapshot: until the sync the sender worked
 * off that, after it what the sync found.
 */
static double sent_beyond(const struct precopyml_stats *last, const struct precopyml_stats *stats,
                          double sent)
{
    return sent - stats_value(last, PRECOPYML_STAT_REMAINING) + expected_unsent(last, stats, sent);
}

/*
 * Where between the last snapshot and this one the sync was made: the share of what was sent in
 * between that was sent after it. Known where the hypervisor tells the moment, else by what was
 * sent beyond the old remainder. An exact caller's snapshot is the boundary.
 */
static double share_after_sync(const struct precopyml_stats *last,
                               const struct precopyml_stats *stats, double sent, double beyond)
{
    double now = stats_value(stats, PRECOPYML_STAT_TIME);
    double before = stats_value(last, PRECOPYML_STAT_TIME);
    double sync = stats_value(stats, PRECOPYML_STAT_SYNC_TIME);

    if (stats_value(stats, PRECOPYML_STAT_BOUNDARY) == 1)
        return 0.0;
    if (sync > before && sync <= now)
        return (now - sync) / (now - before);
    return beyond > 0 ? fmin(beyond / sent, 1.0) : 0.0;
}

/* Guest memory of zeros sent since the last snapshot, in bytes; NaN when it is not counted. */
static double zeros_sent(const struct precopyml_stats *last, const struct precopyml_stats *stats)
{
    return (stats_value(stats, PRECOPYML_STAT_ZERO_PAGES) -
            stats_value(last, PRECOPYML_STAT_ZERO_PAGES)) *
           stats_page_size(stats);
}

/*
 * Bytes of memory sent after the sync. Data goes at the speed of the link, evenly over the time.
 * Pages of zeros go at that of a scan, often all at once: of those only what was sent beyond the
 * old remainder must have been.
 */
static double sent_after_sync(double sent, double zeros, double beyond, double share)
{
    return fmin(share * sent, fmax(share * (sent - zeros), beyond));
}

/* A counter as it stood `share` of the way back from this snapshot to the last. */
static double back(const struct precopyml_stats *last, const struct precopyml_stats *stats,
                   enum precopyml_stat id, double share)
{
    double now = stats_value(stats, id);

    return share > 0 ? now - share * (now - stats_value(last, id)) : now;
}

/* What held at the sync. With several syncs in between only the latest snapshot says anything. */
static void locate(struct boundary_detector *detector, const struct precopyml_stats *stats)
{
    const struct precopyml_stats *last = &detector->last;
    struct boundary *latest = &detector->latest;
    bool single = detector->steps == 1;
    double sent = pages_sent(stats) - pages_sent(last);
    double beyond = sent_beyond(last, stats, sent);
    double share = single && sent > 0 ? share_after_sync(last, stats, sent, beyond) : 0.0;
    double zeros = zeros_sent(last, stats);
    double after = share > 0 ? sent_after_sync(sent, zeros, beyond, share) : 0.0;
    double zeros_after = fmax(after - share * (sent - zeros), 0.0);

    latest->sample = stats_value(stats, PRECOPYML_STAT_REMAINING);
    latest->remaining = latest->sample + after;
    latest->unsent = stats_value(last, PRECOPYML_STAT_REMAINING) - (sent - after);
    if (!single || !(latest->unsent > 0))
        latest->unsent = 0.0;
    latest->unsent = fmin(latest->unsent, latest->remaining);
    latest->time = back(last, stats, PRECOPYML_STAT_TIME, share);
    latest->transferred = back(last, stats, PRECOPYML_STAT_TRANSFERRED, share);
    latest->zero_pages = back(last, stats, PRECOPYML_STAT_ZERO_PAGES, zeros_after / zeros);
    latest->normal_pages = back(last, stats, PRECOPYML_STAT_NORMAL_PAGES, share);
}

/* Within a round `remaining` only falls. */
static bool has_risen(const struct boundary_detector *detector, const struct precopyml_stats *stats)
{
    double total = stats_value(stats, PRECOPYML_STAT_MEMORY_TOTAL);
    double noise = total > 0 ? total * RISE_SHARE : stats_page_size(stats);

    return stats_value(stats, PRECOPYML_STAT_REMAINING) >
           stats_value(&detector->last, PRECOPYML_STAT_REMAINING) + noise;
}

/* Number of syncs that the snapshot shows, 0 for none, negative when the counter fell. */
static double syncs_since(struct boundary_detector *detector, const struct precopyml_stats *stats)
{
    double count = stats_value(stats, PRECOPYML_STAT_SYNC_COUNT);

    if (!(count >= 1))
        return detector->counts ? 0 : has_risen(detector, stats);
    if (!detector->counts) { /* the counter has just appeared: it starts here */
        detector->counts = true;
        detector->first_count = fmax(count - detector->number, 1);
        detector->last_count = count;
        return 0;
    }
    return count - detector->last_count;
}

/*
 * A rise without a count. QEMU counts a sync before it reads the bitmap, so the first rise corrects
 * a boundary that was sampled in between; a second one means that the counter is stuck.
 */
static enum boundary_event uncounted_rise(struct boundary_detector *detector,
                                          const struct precopyml_stats *stats)
{
    if (!detector->counts || detector->number == 0 || !has_risen(detector, stats))
        return BOUNDARY_NONE;
    if (!detector->rose) {
        detector->rose = true;
        return BOUNDARY_CORRECTED;
    }
    detector->steps = 1;
    return BOUNDARY_NEW;
}

/*
 * A migration that was cancelled in its first pass and begun again shows no lower count. To half:
 * the clock may be one that somebody sets.
 */
static bool clock_fell(const struct boundary_detector *detector,
                       const struct precopyml_stats *stats)
{
    return stats_value(stats, PRECOPYML_STAT_ELAPSED) <
           stats_value(&detector->last, PRECOPYML_STAT_ELAPSED) / 2;
}

static enum boundary_event classify(struct boundary_detector *detector,
                                    const struct precopyml_stats *stats)
{
    double syncs = syncs_since(detector, stats);

    if (syncs < 0 || clock_fell(detector, stats))
        return BOUNDARY_RESTARTED;
    if (syncs >= 1) {
        detector->steps = syncs < 1000 ? (unsigned)syncs : 1000;
        detector->rose = false;
        return BOUNDARY_NEW;
    }
    if (stats_value(stats, PRECOPYML_STAT_BOUNDARY) == 1) {
        detector->steps = 1;
        return BOUNDARY_NEW;
    }
    return uncounted_rise(detector, stats);
}

enum boundary_event boundary_observe(struct boundary_detector *detector,
                                     const struct precopyml_stats *stats)
{
    enum boundary_event event;
    bool exact = stats_value(stats, PRECOPYML_STAT_BOUNDARY) == 1;

    if (!stats_known(stats, PRECOPYML_STAT_TIME) || !stats_known(stats, PRECOPYML_STAT_REMAINING) ||
        stats_value(stats, PRECOPYML_STAT_REMAINING) < 0 ||
        stats_value(stats, PRECOPYML_STAT_ACTIVE) == 0)
        return BOUNDARY_IGNORED;
    if (!detector->started) {
        begin(detector, stats);
        detector->steps = 1;
        event = exact ? BOUNDARY_NEW : BOUNDARY_NONE;
    } else if (stats_value(stats, PRECOPYML_STAT_TIME) <
               detector->last.value[PRECOPYML_STAT_TIME]) {
        return BOUNDARY_IGNORED;
    } else {
        event = classify(detector, stats);
    }
    /* The sync that begins the first pass is no boundary: nothing was sent before it. */
    if (event == BOUNDARY_NEW && detector->number == 0 && sent_so_far(stats) == 0) {
        begin(detector, stats);
        event = BOUNDARY_NONE;
    }
    if (event == BOUNDARY_NEW || event == BOUNDARY_CORRECTED)
        locate(detector, stats);
    if (event == BOUNDARY_NEW) {
        double count = stats_value(stats, PRECOPYML_STAT_SYNC_COUNT);

        detector->number++;
        if (detector->counts && count >= 1)
            detector->last_count = count;
    }
    detector->last = *stats;
    return event;
}

double boundary_iteration(const struct boundary_detector *detector)
{
    if (!detector->counts)
        return detector->number + 1;
    if (detector->late)
        return detector->last_count;
    return detector->last_count - detector->first_count + 1;
}
