/* SPDX-License-Identifier: MIT */
#include "feature_rules.h"

#include <errno.h>
#include <math.h>

#include <gsl/gsl_statistics_double.h>

#include "model_format.h"
#include "train_error.h"

/*
 * What physics computes with, and the paper's choice in SI units: dirty rate, transfer rate and
 * working set. Its fourth, the VM's size, is left out: after the first pass it has no bearing on
 * what remains, and a model should not be tied to the sizes it happened to be trained on.
 */
static const uint32_t default_set[] = {
    PRECOPYML_FEATURE_REMAINING,          PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH,
    PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, PRECOPYML_FEATURE_PAGE_DIRTY_RATE,
    PRECOPYML_FEATURE_WORKING_SET_SIZE,   PRECOPYML_FEATURE_ROUNDS_LEFT,
};

bool feature_has_bearing(uint32_t feature, enum precopyml_target target)
{
    return feature != PRECOPYML_FEATURE_ROUNDS_LEFT || target == PRECOPYML_TARGET_REMAINING_TIME;
}

/*
 * Sizes, rates and times span powers of ten and act by ratio: their logarithm is taken where every
 * training value is above zero. Shares, percentages, counts of processors, and caps of which zero
 * means "none" are taken as they are.
 */
static const bool spans_powers_of_ten[PRECOPYML_FEATURE_COUNT] = {
    [PRECOPYML_FEATURE_MEMORY_TOTAL] = true,
    [PRECOPYML_FEATURE_REMAINING] = true,
    [PRECOPYML_FEATURE_REMAINING_BOUNDARY] = true,
    [PRECOPYML_FEATURE_PAGE_DIRTY_RATE] = true,
    [PRECOPYML_FEATURE_DIRTY_RATE_REPORTED] = true,
    [PRECOPYML_FEATURE_PAGE_TRANSFER_RATE] = true,
    [PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH] = true,
    [PRECOPYML_FEATURE_BANDWIDTH_RECENT] = true,
    [PRECOPYML_FEATURE_BANDWIDTH_PEAK] = true,
    [PRECOPYML_FEATURE_WORKING_SET_SIZE] = true,
    [PRECOPYML_FEATURE_WRITE_RATE] = true,
    [PRECOPYML_FEATURE_BYTES_SENT] = true,
    [PRECOPYML_FEATURE_ITERATION] = true,
    [PRECOPYML_FEATURE_ELAPSED] = true,
    [PRECOPYML_FEATURE_ROUND_LENGTH] = true,
    [PRECOPYML_FEATURE_ROUND_BYTES] = true,
    [PRECOPYML_FEATURE_LAMBDA] = true,
    [PRECOPYML_FEATURE_REMAINING_MIN] = true,
    [PRECOPYML_FEATURE_RESENT_WIRE_SHARE] = true,
    [PRECOPYML_FEATURE_DOWNTIME_LIMIT] = true,
    [PRECOPYML_FEATURE_EXPECTED_DOWNTIME] = true,
    [PRECOPYML_FEATURE_OTHER_PENDING] = true,
    [PRECOPYML_FEATURE_PAPER_VM_SIZE] = true,
    [PRECOPYML_FEATURE_PAPER_PAGE_DIRTY_RATE] = true,
    [PRECOPYML_FEATURE_PAPER_WORKING_SET_SIZE] = true,
    [PRECOPYML_FEATURE_PAPER_BANDWIDTH] = true,
    [PRECOPYML_FEATURE_NON_WORKING_SET_SIZE] = true,
    [PRECOPYML_FEATURE_RELATIVE_DIRTY_RATE] = true,
    [PRECOPYML_FEATURE_WORKING_SET_WIRE] = true,
    [PRECOPYML_FEATURE_NON_WORKING_SET_WIRE] = true,
    [PRECOPYML_FEATURE_BANDWIDTH_MEAN] = true,
    [PRECOPYML_FEATURE_ROUND_WIRE_SHARE] = true,
};

static int check_ids(const uint32_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] >= PRECOPYML_FEATURE_COUNT)
            return train_error(-EINVAL, "no feature has the number %u", (unsigned)ids[i]);
        for (size_t j = 0; j < i; j++) {
            if (ids[i] == ids[j])
                return train_error(-EINVAL, "feature %s is named twice", feature_name(ids[i]));
        }
    }
    return 0;
}

int feature_set_make(const struct precopyml_train_dataset *dataset,
                     const struct selection *selection, const uint32_t *ids, size_t count,
                     struct feature_set *set)
{
    int error = check_ids(ids, count);

    *set = (struct feature_set){0};
    if (error)
        return error;
    if (ids) {
        for (size_t i = 0; i < count; i++)
            set->id[set->count++] = ids[i];
        return selection_require(dataset, selection, ids, count);
    }
    for (size_t i = 0; i < sizeof default_set / sizeof default_set[0]; i++) {
        if (!feature_has_bearing(default_set[i], selection->target))
            continue;
        if (selection_knows(dataset, selection, default_set[i]))
            set->id[set->count++] = default_set[i];
        else
            set->left_out |= UINT64_C(1) << default_set[i];
    }
    return set->count > 0
               ? 0
               : train_error(-ENODATA, "%s: no feature of the default set is known in every row",
                             dataset->name);
}

/*
 * By mean and standard deviation, not by median and its deviation: that one would magnify a feature
 * that is nearly always the same, such as the bandwidth of a shaped link, until it drowned all
 * others. A constant feature keeps its unit: it carries nothing, but its range still tells when a
 * model is used outside what it was trained on.
 */
void feature_scale(uint32_t feature, const double *raw, size_t count, double *work,
                   struct feature_spec *spec)
{
    struct precopyml_description description = PRECOPYML_DESCRIPTION_INIT;
    double sd;

    precopyml_feature_describe((enum precopyml_feature)feature, &description);
    *spec = (struct feature_spec){.name = description.name, .unit = description.unit};
    spec->least = gsl_stats_min(raw, 1, count);
    spec->most = gsl_stats_max(raw, 1, count);
    spec->transform = spans_powers_of_ten[feature] && spec->least > 0 ? MODEL_LOG : MODEL_IDENTITY;
    for (size_t i = 0; i < count; i++)
        work[i] = model_transform(spec->transform, raw[i]);
    spec->centre = gsl_stats_mean(work, 1, count);
    sd = count > 1 ? gsl_stats_sd(work, 1, count) : 0;
    spec->scale = sd > 1e-12 * fmax(1, fabs(spec->centre)) ? sd : 1;
}
