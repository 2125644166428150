/* SPDX-License-Identifier: MIT */
/*
 * The one table of counters and features. Extraction (feature_extraction.c), docs/features.md and
 * `precopyml features` all follow it.
 */
#include <errno.h>
#include <string.h>

#include "vector.h"

#define SIZE sizeof(struct precopyml_description)

static const struct precopyml_description stats[PRECOPYML_STAT_COUNT] = {
    [PRECOPYML_STAT_TIME] = {SIZE, "time", "s", "when the snapshot was taken, any origin", "-",
                             NULL},
    [PRECOPYML_STAT_ACTIVE] = {SIZE, "active", "0/1", "pre-copy is running", "status", NULL},
    [PRECOPYML_STAT_BOUNDARY] = {SIZE, "boundary", "0/1", "taken right after a dirty-bitmap sync",
                                 "-", NULL},
    [PRECOPYML_STAT_SYNC_TIME] = {SIZE, "sync_time", "s",
                                  "when the latest sync was made, on the clock of time",
                                  "event MIGRATION_PASS", NULL},
    [PRECOPYML_STAT_SYNC_COUNT] = {SIZE, "sync_count", "1", "dirty-bitmap syncs so far",
                                   "ram.dirty-sync-count", NULL},
    [PRECOPYML_STAT_ELAPSED] = {SIZE, "elapsed", "s", "since the migration started", "total-time",
                                "time_elapsed"},
    [PRECOPYML_STAT_MEMORY_TOTAL] = {SIZE, "memory_total", "bytes", "guest memory", "ram.total",
                                     "memory_total, data_total"},
    [PRECOPYML_STAT_REMAINING] = {SIZE, "remaining", "bytes", "guest memory still to send",
                                  "ram.remaining", "memory_remaining, data_remaining"},
    [PRECOPYML_STAT_TRANSFERRED] = {SIZE, "transferred", "bytes", "sent so far, on the wire",
                                    "ram.transferred", "memory_processed"},
    [PRECOPYML_STAT_PAGE_SIZE] = {SIZE, "page_size", "bytes", "of a guest page", "ram.page-size",
                                  NULL},
    [PRECOPYML_STAT_ZERO_PAGES] = {SIZE, "zero_pages", "pages", "sent as all-zero so far",
                                   "ram.duplicate", NULL},
    [PRECOPYML_STAT_NORMAL_PAGES] = {SIZE, "normal_pages", "pages",
                                     "sent with their contents so far", "ram.normal", NULL},
    [PRECOPYML_STAT_DIRTY_RATE] = {SIZE, "dirty_rate", "pages/s",
                                   "the hypervisor's dirty rate, recomputed at most once a second",
                                   "ram.dirty-pages-rate", "dirty_rate"},
    [PRECOPYML_STAT_BANDWIDTH] = {SIZE, "bandwidth", "bytes/s", "latest 100 ms sample", "ram.mbps",
                                  "bandwidth"},
    [PRECOPYML_STAT_PAGES_PER_SECOND] = {SIZE, "pages_per_second", "pages/s",
                                         "latest 100 ms sample", "ram.pages-per-second", NULL},
    [PRECOPYML_STAT_EXPECTED_DOWNTIME] = {SIZE, "expected_downtime", "s",
                                          "the hypervisor's own forecast", "expected-downtime",
                                          NULL},
    [PRECOPYML_STAT_DOWNTIME_LIMIT] = {SIZE, "downtime_limit", "s", "the limit as set now",
                                       "query-migrate-parameters: downtime-limit", NULL},
    [PRECOPYML_STAT_RATE_CAP] = {SIZE, "rate_cap", "bytes/s", "cap lifted at switchover, 0: none",
                                 "query-migrate-parameters: max-bandwidth", NULL},
    [PRECOPYML_STAT_SWITCHOVER_BANDWIDTH] = {SIZE, "switchover_bandwidth", "bytes/s",
                                             "promised for switchover, 0: not configured",
                                             "query-migrate-parameters: avail-switchover-bandwidth",
                                             NULL},
    [PRECOPYML_STAT_THROTTLE] = {SIZE, "throttle", "percent", "vCPU time taken away",
                                 "cpu-throttle-percentage", NULL},
    [PRECOPYML_STAT_VCPUS] = {SIZE, "vcpus", "1", "virtual processors", "query-cpus-fast", NULL},
    [PRECOPYML_STAT_OTHER_PENDING] = {SIZE, "other_pending", "bytes",
                                      "device and disk state still to send", "disk.remaining",
                                      NULL},
};

static const struct precopyml_description features[PRECOPYML_FEATURE_COUNT] = {
    [PRECOPYML_FEATURE_MEMORY_TOTAL] = {SIZE, "memory_total", "bytes", "guest memory",
                                        "memory_total", "VM size"},
    [PRECOPYML_FEATURE_REMAINING] = {SIZE, "remaining", "bytes",
                                     "still to send, as sampled first after the boundary",
                                     "remaining", NULL},
    [PRECOPYML_FEATURE_REMAINING_BOUNDARY] = {SIZE, "remaining_boundary", "bytes",
                                              "still to send at the boundary itself: the sample "
                                              "plus what was sent between the two",
                                              "remaining, normal_pages, zero_pages", NULL},
    [PRECOPYML_FEATURE_UNSENT] = {SIZE, "unsent", "bytes",
                                  "of that, left over from before the sync; the hypervisor syncs "
                                  "before a round is quite sent",
                                  "remaining, normal_pages, zero_pages, downtime_limit", NULL},
    [PRECOPYML_FEATURE_PAGE_DIRTY_RATE] =
        {SIZE, "page_dirty_rate", "bytes/s",
         "newly dirty at the boundary over the last round's length", "remaining, time", "PDR"},
    [PRECOPYML_FEATURE_DIRTY_RATE_REPORTED] = {SIZE, "dirty_rate_reported", "bytes/s",
                                               "the hypervisor's dirty rate in bytes",
                                               "dirty_rate, page_size", NULL},
    [PRECOPYML_FEATURE_PAGE_TRANSFER_RATE] = {SIZE, "page_transfer_rate", "bytes/s",
                                              "sent on the wire in the last round over its length",
                                              "transferred, time", "PTR"},
    [PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH] =
        {SIZE, "switchover_bandwidth", "bytes/s",
         "bandwidth expected at switchover: as configured, else the mean over as long as the last "
         "`remaining` bytes took, from half a second to 64 windows of 100 ms (in a drop, the last "
         "half second), zero-page scans left out",
         "switchover_bandwidth, transferred", NULL},
    [PRECOPYML_FEATURE_BANDWIDTH_RECENT] =
        {SIZE, "bandwidth_recent", "bytes/s",
         "of the last half second, zero-page scans left out; less "
         "the longer nothing was sent of what remained",
         "transferred, zero_pages, remaining, time", NULL},
    [PRECOPYML_FEATURE_BANDWIDTH_PEAK] = {SIZE, "bandwidth_peak", "bytes/s",
                                          "80th percentile of the last 64 windows of 100 ms",
                                          "transferred, time", NULL},
    [PRECOPYML_FEATURE_BANDWIDTH_SPREAD] = {SIZE, "bandwidth_spread", "1",
                                            "(80th - 20th percentile) / 80th of these windows",
                                            "transferred, time", NULL},
    [PRECOPYML_FEATURE_WORKING_SET_SIZE] =
        {SIZE, "working_set_size", "bytes",
         "W of U(T) = W (1 - exp(-r T / W)) fitted to the rounds", "remaining, time", "WSS"},
    [PRECOPYML_FEATURE_WRITE_RATE] = {SIZE, "write_rate", "bytes/s",
                                      "r of that fit: how fast clean pages become dirty at first",
                                      "remaining, time", NULL},
    [PRECOPYML_FEATURE_BYTES_SENT] = {SIZE, "bytes_sent", "bytes", "sent so far, on the wire",
                                      "transferred", NULL},
    [PRECOPYML_FEATURE_ITERATION] = {SIZE, "iteration", "1",
                                     "sync count minus the first seen plus 1", "sync_count", NULL},
    [PRECOPYML_FEATURE_ELAPSED] = {SIZE, "elapsed", "s", "since the migration started",
                                   "elapsed, time", NULL},
    [PRECOPYML_FEATURE_ROUND_LENGTH] = {SIZE, "round_length", "s", "of the round just finished",
                                        "time", NULL},
    [PRECOPYML_FEATURE_ROUND_BYTES] = {SIZE, "round_bytes", "bytes",
                                       "sent on the wire in the round just finished", "transferred",
                                       NULL},
    [PRECOPYML_FEATURE_LAMBDA] = {SIZE, "lambda", "1",
                                  "remaining at this boundary over that at the previous one",
                                  "remaining", NULL},
    [PRECOPYML_FEATURE_LAMBDA_TREND] = {SIZE, "lambda_trend", "1",
                                        "lambda minus the previous lambda", "remaining", NULL},
    [PRECOPYML_FEATURE_REMAINING_MIN] = {SIZE, "remaining_min", "bytes",
                                         "least remaining of all boundaries so far", "remaining",
                                         NULL},
    [PRECOPYML_FEATURE_ZERO_SHARE] = {SIZE, "zero_share", "1",
                                      "zero pages among the pages sent since the previous boundary",
                                      "zero_pages, normal_pages", NULL},
    [PRECOPYML_FEATURE_ZERO_SHARE_FIRST] = {SIZE, "zero_share_first", "1",
                                            "zero pages among the pages of the first pass",
                                            "zero_pages, normal_pages", NULL},
    [PRECOPYML_FEATURE_WIRE_RATIO] = {SIZE, "wire_ratio", "1",
                                      "bytes on the wire per byte of pages sent with contents, "
                                      "last round",
                                      "transferred, normal_pages", NULL},
    [PRECOPYML_FEATURE_RESENT_WIRE_SHARE] =
        {SIZE, "resent_wire_share", "1",
         "bytes on the wire per byte of guest memory that a switchover is expected to send: the "
         "mean over the time of about the last half second (0 when the guest has begun to clear "
         "its memory): under 1 where dirty pages turned zero or were compressed; 1 when nothing "
         "was sent again yet",
         "transferred, zero_pages, normal_pages", NULL},
    [PRECOPYML_FEATURE_RATE_CAP] = {SIZE, "rate_cap", "bytes/s",
                                    "cap that is lifted at switchover, 0: none", "rate_cap", NULL},
    [PRECOPYML_FEATURE_THROTTLE] = {SIZE, "throttle", "percent", "vCPU time taken away", "throttle",
                                    NULL},
    [PRECOPYML_FEATURE_VCPUS] = {SIZE, "vcpus", "1", "virtual processors", "vcpus", NULL},
    [PRECOPYML_FEATURE_DOWNTIME_LIMIT] = {SIZE, "downtime_limit", "s",
                                          "the hypervisor's limit as set now", "downtime_limit",
                                          NULL},
    [PRECOPYML_FEATURE_EXPECTED_DOWNTIME] = {SIZE, "expected_downtime", "s",
                                             "the hypervisor's own forecast", "expected_downtime",
                                             NULL},
    [PRECOPYML_FEATURE_OTHER_PENDING] = {SIZE, "other_pending", "bytes",
                                         "device and disk state still to send", "other_pending",
                                         NULL},
    [PRECOPYML_FEATURE_PAPER_VM_SIZE] = {SIZE, "paper_vm_size", "KiB",
                                         "data_total [MiB] x 1024 - data_remaining [KiB]",
                                         "memory_total, remaining", "eq. 1"},
    [PRECOPYML_FEATURE_PAPER_PAGE_DIRTY_RATE] = {SIZE, "paper_page_dirty_rate", "1/s",
                                                 "dirty_rate [pages/s] x 4096 / "
                                                 "(memory_total [GiB] x 1024^3)",
                                                 "dirty_rate, memory_total", "eq. 2"},
    [PRECOPYML_FEATURE_PAPER_WORKING_SET_SIZE] = {SIZE, "paper_working_set_size", "KiB/s",
                                                  "(memory_processed [MiB] x 1024 - "
                                                  "memory_remaining [KiB]) / time_elapsed [s]",
                                                  "transferred, remaining, elapsed", "eq. 3"},
    [PRECOPYML_FEATURE_PAPER_BANDWIDTH] = {SIZE, "paper_bandwidth", "MiB/s",
                                           "the hypervisor's latest bandwidth sample", "bandwidth",
                                           "bandwidth"},
    [PRECOPYML_FEATURE_ROUNDS_LEFT] = {SIZE, "rounds_left", "1",
                                       "rounds still to run before the stop: a plan, not a "
                                       "measurement; 0 asks about stopping here",
                                       "-", NULL},
    [PRECOPYML_FEATURE_NON_WORKING_SET_SIZE] = {SIZE, "non_working_set_size", "bytes",
                                                "guest memory beside the working set",
                                                "memory_total, remaining, time", NULL},
    [PRECOPYML_FEATURE_RELATIVE_DIRTY_RATE] = {SIZE, "relative_dirty_rate", "1",
                                               "page_dirty_rate over page_transfer_rate",
                                               "remaining, transferred, time", NULL},
    [PRECOPYML_FEATURE_WORKING_SET_WIRE] = {SIZE, "working_set_wire", "bytes",
                                            "working_set_size x resent_wire_share",
                                            "remaining, transferred, time", NULL},
    [PRECOPYML_FEATURE_NON_WORKING_SET_WIRE] = {SIZE, "non_working_set_wire", "bytes",
                                                "non_working_set_size x (1 - zero_share_first)",
                                                "memory_total, remaining, time, zero_pages", NULL},
    [PRECOPYML_FEATURE_BANDWIDTH_MEAN] = {SIZE, "bandwidth_mean", "bytes/s",
                                          "of the last 64 windows of 100 ms (in a drop, of the "
                                          "last half second), zero-page scans left out",
                                          "transferred, zero_pages, time", NULL},
    [PRECOPYML_FEATURE_ROUND_WIRE_SHARE] = {SIZE, "round_wire_share", "1",
                                            "bytes on the wire per byte of guest memory sent in "
                                            "the round just finished; 1 when nothing was sent "
                                            "again yet",
                                            "transferred, zero_pages, normal_pages", NULL},
};

static int describe(const struct precopyml_description *entry,
                    struct precopyml_description *description)
{
    if (!description || description->size < sizeof description->size)
        return -EINVAL;
    struct_export(description, entry, SIZE);
    return 0;
}

int precopyml_stat_describe(enum precopyml_stat id, struct precopyml_description *description)
{
    if ((unsigned)id >= PRECOPYML_STAT_COUNT)
        return -EINVAL;
    return describe(&stats[id], description);
}

int precopyml_feature_describe(enum precopyml_feature id, struct precopyml_description *description)
{
    if ((unsigned)id >= PRECOPYML_FEATURE_COUNT)
        return -EINVAL;
    return describe(&features[id], description);
}

int precopyml_feature_find(const char *name)
{
    for (int id = 0; name && id < PRECOPYML_FEATURE_COUNT; id++) {
        if (strcmp(features[id].name, name) == 0)
            return id;
    }
    return -ENOENT;
}
