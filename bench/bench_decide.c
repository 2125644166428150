/* SPDX-License-Identifier: MIT */
/*
 * What the hot calls cost: p50, p99 and the worst of a million calls each of observe and
 * should_stop, in nanoseconds, for physics, for knn with 2,000 rows x 4 features, and for the
 * models named on the command line.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <precopyml.h>

#include "bytes_write.h"
#include "knn.h"
#include "measure.h"
#include "model_format.h"
#include "model_write.h"

enum { CALLS = 1000000, ROWS = 2000, FEATURES = 4 };

static void report(const char *name, double *times)
{
    qsort(times, CALLS, sizeof times[0], ascending);
    printf("{\"call\":\"%s\",\"calls\":%d,\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"max_ns\":%.0f}\n", name,
           CALLS, times[CALLS / 2], times[CALLS / 100 * 99], times[CALLS - 1]);
}

/* A steady guest, one snapshot every 100 ms, a boundary every 30th. */
static struct precopyml_stats snapshot(long i)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    double sent = 1e7 * (double)i;

    precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 0.1 * (double)i);
    precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, (double)(1 + i / 30));
    precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 3e8 - 1e7 * (double)(i % 30));
    precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, sent);
    precopyml_stats_set(&stats, PRECOPYML_STAT_MEMORY_TOTAL, 1e9);
    precopyml_stats_set(&stats, PRECOPYML_STAT_NORMAL_PAGES, sent / 4096);
    precopyml_stats_set(&stats, PRECOPYML_STAT_ZERO_PAGES, 0);
    precopyml_stats_set(&stats, PRECOPYML_STAT_BANDWIDTH, 1e8);
    return stats;
}

static void run(const char *name, precopyml_model *model, double *times)
{
    precopyml_session *session = NULL;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    char label[512];

    if (precopyml_session_create(model, NULL, &session)) {
        fprintf(stderr, "bench_decide: %s\n", precopyml_error_message());
        exit(1);
    }
    for (long i = 0; i < CALLS; i++) {
        struct precopyml_stats stats = snapshot(i);
        double start = nanoseconds();

        precopyml_session_observe(session, &stats);
        times[i] = nanoseconds() - start;
    }
    snprintf(label, sizeof label, "observe, %s", name);
    report(label, times);
    for (long i = 0; i < CALLS; i++) {
        double start = nanoseconds();

        if (precopyml_should_stop(session, NULL, &decision)) {
            fprintf(stderr, "bench_decide: should_stop failed, reason %s\n",
                    precopyml_reason_name(decision.reason));
            exit(1);
        }
        times[i] = nanoseconds() - start;
    }
    snprintf(label, sizeof label, "should_stop, %s", name);
    report(label, times);
    precopyml_session_destroy(&session);
}

/* A knn head over random rows on four features of the boundary. */
static precopyml_model *knn_model(void)
{
    static const char *const names[FEATURES] = {"remaining_boundary", "switchover_bandwidth",
                                                "working_set_size", "page_dirty_rate"};
    struct feature_spec features[FEATURES];
    struct bytes_out payload = {0};
    struct head_spec head = {.target = "downtime",
                             .predictor = "knn",
                             .log_residual = true,
                             .features = features,
                             .feature_count = FEATURES};
    struct model_spec spec = {
        .overhead = 0.045, .provenance = "{}", .heads = &head, .head_count = 1};
    precopyml_model *model = NULL;
    unsigned char *data = NULL;
    size_t length;
    uint64_t seed = 1;

    for (int i = 0; i < FEATURES; i++) {
        struct precopyml_description about = PRECOPYML_DESCRIPTION_INIT;

        precopyml_feature_describe((enum precopyml_feature)precopyml_feature_find(names[i]),
                                   &about);
        features[i] = (struct feature_spec){names[i], about.unit, MODEL_LOG, 18, 1, 1, 1e12};
    }
    bytes_put_u32(&payload, 7);
    bytes_put_u32(&payload, KNN_INVERSE_DISTANCE);
    bytes_put_u64(&payload, ROWS);
    for (int i = 0; i < ROWS * (FEATURES + 1); i++)
        bytes_put_f64(&payload,
                      i < ROWS * FEATURES ? 4 * uniform(&seed) - 2 : uniform(&seed) - 0.5);
    head.payload = payload.data;
    head.payload_length = payload.length;
    if (payload.failed || model_write_memory(&spec, &data, &length) ||
        precopyml_model_load_memory(data, length, &model)) {
        fprintf(stderr, "bench_decide: %s\n", precopyml_error_message());
        exit(1);
    }
    free(payload.data);
    free(data);
    return model;
}

static int run_file(const char *path, double *times)
{
    precopyml_model *model = NULL;

    if (precopyml_model_load_path(path, &model)) {
        fprintf(stderr, "bench_decide: %s\n", precopyml_error_message());
        return 1;
    }
    run(path, model, times);
    precopyml_model_unref(&model);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    double *times = malloc(CALLS * sizeof *times);
    precopyml_model *model = NULL;

    if (!times || precopyml_model_builtin(&model))
        return 1;
    run("physics", model, times);
    precopyml_model_unref(&model);
    model = knn_model();
    run("knn 2000 x 4", model, times);
    precopyml_model_unref(&model);
    for (int i = 1; i < argc && !failed; i++)
        failed = run_file(argv[i], times);
    free(times);
    return failed;
}
