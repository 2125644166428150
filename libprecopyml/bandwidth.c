/* SPDX-License-Identifier: MIT */
#include "bandwidth.h"

#include <math.h>

#include "throttled.h"
#include "vector.h"

#define WINDOW_SECONDS                                                                             \
    0.08 /* a little under QEMU's 100 ms, so that polls at 100 ms close one each */
#define RECENT_SECONDS 0.5
#define SCANNING_SHARE                                                                             \
    0.5 /* of the pages being zero: the rate is the scanner's, not the link's                      \
         */

void bandwidth_reset(struct bandwidth *bandwidth)
{
    *bandwidth = (struct bandwidth){.sample = NAN};
    standstill_reset(&bandwidth->standstill);
}

static void open_window(struct bandwidth *bandwidth, const struct precopyml_stats *stats)
{
    bandwidth->open = true;
    bandwidth->start = stats_value(stats, PRECOPYML_STAT_TIME);
    bandwidth->transferred = stats_value(stats, PRECOPYML_STAT_TRANSFERRED);
    bandwidth->zero_pages = stats_value(stats, PRECOPYML_STAT_ZERO_PAGES);
    bandwidth->normal_pages = stats_value(stats, PRECOPYML_STAT_NORMAL_PAGES);
}

static struct bandwidth_window closed_window(const struct bandwidth *bandwidth,
                                             const struct precopyml_stats *stats)
{
    double now = stats_value(stats, PRECOPYML_STAT_TIME);
    double zero = stats_value(stats, PRECOPYML_STAT_ZERO_PAGES) - bandwidth->zero_pages;
    double pages = zero + stats_value(stats, PRECOPYML_STAT_NORMAL_PAGES) - bandwidth->normal_pages;

    return (struct bandwidth_window){
        .end = now,
        .seconds = now - bandwidth->start,
        .bytes = stats_value(stats, PRECOPYML_STAT_TRANSFERRED) - bandwidth->transferred,
        .scanning = zero > SCANNING_SHARE * pages,
    };
}

/* A standstill outlasts the ring, which is to remember what the link can do. */
static bool stands_still(const struct bandwidth *bandwidth)
{
    return bandwidth->stood >= RECENT_SECONDS;
}

/*
 * A sync may have to wait until a throttled vCPU wakes up. Nothing is sent meanwhile, and the
 * windows in which that begins and ends show a link slower than it is: none of them is kept.
 */
static bool is_kept(struct bandwidth *bandwidth, const struct bandwidth_window *window,
                    bool throttled)
{
    bool waits = throttled && window->bytes <= 0;
    bool kept = !waits && !bandwidth->waited && !stands_still(bandwidth);

    if (waits && bandwidth->follows)
        bandwidth->windows[--bandwidth->count % BANDWIDTH_WINDOWS].bytes = 0; /* counts as none */
    bandwidth->waited = waits;
    bandwidth->follows = kept;
    return kept;
}

void bandwidth_observe(struct bandwidth *bandwidth, const struct precopyml_stats *stats)
{
    double throttle = stats_value(stats, PRECOPYML_STAT_THROTTLE);
    struct bandwidth_window window;
    double sample = stats_value(stats, PRECOPYML_STAT_BANDWIDTH);

    if (sample > 0)
        bandwidth->sample = sample;
    if (!stats_known(stats, PRECOPYML_STAT_TRANSFERRED))
        return;
    if (!bandwidth->open ||
        stats_value(stats, PRECOPYML_STAT_TRANSFERRED) < bandwidth->transferred) {
        open_window(bandwidth, stats);
        return;
    }
    if (stats_value(stats, PRECOPYML_STAT_TIME) - bandwidth->start < WINDOW_SECONDS)
        return;
    window = closed_window(bandwidth, stats);
    standstill_add(&bandwidth->standstill, stats, window.seconds, window.bytes);
    bandwidth->stood = standstill_of(&bandwidth->standstill, throttle);
    if (is_kept(bandwidth, &window, throttle > THROTTLE_NONE))
        bandwidth->windows[bandwidth->count++ % BANDWIDTH_WINDOWS] = window;
    open_window(bandwidth, stats);
}

/* Inserts into an ascending array. */
static void insert_sorted(double *sorted, unsigned count, double value)
{
    while (count > 0 && sorted[count - 1] > value) {
        sorted[count] = sorted[count - 1];
        count--;
    }
    sorted[count] = value;
}

static double quantile(const double *sorted, unsigned count, double share)
{
    return count > 0 ? sorted[(unsigned)(share * (count - 1) + 0.5)] : (double)NAN;
}

/* Bytes over seconds, of the newest windows so far. */
struct mean {
    double seconds;
    double bytes;
};

static void mean_add(struct mean *mean, const struct bandwidth_window *window)
{
    mean->seconds += window->seconds;
    mean->bytes += window->bytes;
}

static double mean_rate(const struct mean *mean, double otherwise)
{
    return mean->seconds > 0 ? mean->bytes / mean->seconds : otherwise;
}

/* A mean over some time is best forecast by the mean over as long a time before. */
struct bandwidth_summary bandwidth_summarize(const struct bandwidth *bandwidth, double bytes)
{
    struct bandwidth_summary summary;
    struct mean recent = {0, 0}, matched = {0, 0}, all = {0, 0};
    double sorted[BANDWIDTH_WINDOWS];
    double low;
    unsigned kept = bandwidth->count < BANDWIDTH_WINDOWS ? bandwidth->count : BANDWIDTH_WINDOWS;
    unsigned used = 0;
    bool drop;

    for (unsigned age = 0; age < kept; age++) { /* the newest first */
        const struct bandwidth_window *window =
            &bandwidth->windows[(bandwidth->count - 1 - age) % BANDWIDTH_WINDOWS];

        if (window->scanning || window->bytes <= 0)
            continue;
        if (recent.seconds < RECENT_SECONDS)
            mean_add(&recent, window);
        if (matched.seconds < RECENT_SECONDS || matched.bytes < bytes)
            mean_add(&matched, window);
        mean_add(&all, window);
        insert_sorted(sorted, used++, window->bytes / window->seconds);
    }
    summary.peak = quantile(sorted, used, 0.8);
    low = quantile(sorted, used, 0.2);
    summary.spread = summary.peak > 0 ? (summary.peak - low) / summary.peak : (double)NAN;
    if (stands_still(bandwidth))
        recent.seconds += bandwidth->stood;
    summary.recent = mean_rate(&recent, bandwidth->sample);
    if (isnan(summary.peak))
        summary.peak = summary.recent;
    drop = bandwidth_in_drop(summary.recent, summary.peak);
    summary.matched = mean_rate(drop ? &recent : &matched, bandwidth->sample);
    summary.mean = mean_rate(drop ? &recent : &all, bandwidth->sample);
    return summary;
}
