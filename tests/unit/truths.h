/* SPDX-License-Identifier: MIT */
/* Data sets with a known truth, and what the tests of training do with a model. */
#ifndef TRUTHS_H
#define TRUTHS_H

#include "tables.h"

#define HEADER                                                                                     \
    "migration,remaining,switchover_bandwidth,throttle,vcpus,downtime,downtime_next,"              \
    "remaining_time,downtime_source"

static const double overhead = 0.03, bandwidth = 104857600.0; /* PHYSICS_LINK */

/*
 * Migrations of one row whose downtime is half the time to send `remaining`, to the power 1.2, so
 * there is no overhead; `wild` of a hundred are then fifty times longer.
 */
static inline precopyml_train_dataset *power_law(int migrations, int wild)
{
    struct text text;
    uint32_t seed = 1;

    text_begin(&text, HEADER);
    for (int i = 0; i < migrations; i++) {
        double remaining = 1e6 * exp(6 * noise(&seed)), link = bandwidth * (0.5 + noise(&seed));
        double downtime = 0.5 * pow(remaining / link, 1.2) * (i % 100 < wild ? 50 : 1);

        fprintf(text.stream, "m%d,%.17g,%.17g,%d,4,%.17g,,,events\n", i, remaining, link, i % 50,
                downtime);
    }
    return text_load(&text);
}

/* Two rows a migration; the downtime is that of physics with `overhead`, some off by a second. */
static inline precopyml_train_dataset *late_starts(void)
{
    struct text text;

    text_begin(&text, HEADER);
    for (int i = 0; i < 41; i++) {
        double remaining = 1e6 * (i + 1),
               downtime = remaining / bandwidth + overhead + (i % 4 == 0);

        fprintf(text.stream, "m%d,1e9,%.17g,0,1,,%.17g,,qemu\n", i, bandwidth, downtime);
        fprintf(text.stream, "m%d,%.17g,%.17g,0,1,%.17g,,%.17g,qemu\n", i, remaining, bandwidth,
                downtime, downtime + 0.5);
    }
    return text_load(&text);
}

static inline precopyml_model *train(const precopyml_train_dataset *dataset,
                                     const struct precopyml_train_options *options)
{
    precopyml_model *model = NULL;
    void *bytes;
    size_t length;

    if (precopyml_train_model(dataset, options, &bytes, &length) != 0)
        fail_msg("%s", precopyml_train_error_message());
    if (precopyml_model_load_memory(bytes, length, &model) != 0)
        fail_msg("%s", precopyml_error_message());
    free(bytes);
    return model;
}

static inline double predict(const precopyml_model *model, enum precopyml_target target,
                             double remaining, double link, double throttle)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;

    precopyml_features_set(&features, PRECOPYML_FEATURE_REMAINING, remaining);
    precopyml_features_set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, link);
    precopyml_features_set(&features, PRECOPYML_FEATURE_THROTTLE, throttle);
    precopyml_features_set(&features, PRECOPYML_FEATURE_VCPUS, 4);
    assert_int_equal(precopyml_model_predict(model, target, &features, 0.9, NULL, &estimate), 0);
    assert_true(isnan(estimate.upper)); /* bounds are never made up */
    return estimate.value;
}

static inline struct precopyml_train_options options_for(const char *predictor)
{
    struct precopyml_train_options options = PRECOPYML_TRAIN_OPTIONS_INIT;

    options.predictor = predictor;
    return options;
}

static inline void assert_within(double got, double wanted, double share)
{
    if (!(fabs(got - wanted) <= share * wanted))
        fail_msg("%.9g is not within %g of %.9g", got, share, wanted);
}

static const uint32_t sizes[] = {PRECOPYML_FEATURE_REMAINING,
                                 PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH};

#endif
