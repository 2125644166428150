/* SPDX-License-Identifier: MIT */
/* One-way analysis of variance: sums of squares between and within groups, Fisher's F. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include <precopyml-train.h>

#include "sized.h"
#include "train_error.h"

struct sums {
    double between, within; /* of squares */
    size_t groups;          /* that have a value */
};

/* Means first and squares of differences then: one pass would lose digits to cancellation. */
static int add_up(const double *value, const uint32_t *group, size_t count, uint32_t groups,
                  struct sums *sums)
{
    double *mean = calloc(groups, sizeof *mean), all;
    size_t *size = calloc(groups, sizeof *size);

    *sums = (struct sums){0};
    for (size_t i = 0; mean && size && i < count; i++) {
        size[group[i]]++;
        mean[group[i]] += (value[i] - mean[group[i]]) / (double)size[group[i]];
    }
    all = gsl_stats_mean(value, 1, count);
    for (uint32_t i = 0; mean && size && i < groups; i++) {
        sums->between += (double)size[i] * (mean[i] - all) * (mean[i] - all);
        sums->groups += size[i] > 0;
    }
    for (size_t i = 0; mean && size && i < count; i++)
        sums->within += (value[i] - mean[group[i]]) * (value[i] - mean[group[i]]);
    free(mean);
    free(size);
    return mean && size ? 0 : train_no_memory();
}

static void fill(const struct sums *sums, size_t count, struct precopyml_train_anova *anova)
{
    double total = sums->between + sums->within;

    if (sums->groups < 2 || count <= sums->groups)
        return;
    anova->df_between = (double)(sums->groups - 1);
    anova->df_within = (double)(count - sums->groups);
    if (!(total > 0))
        return;
    anova->eta2 = sums->between / total;
    anova->f = sums->between / anova->df_between / (sums->within / anova->df_within);
    anova->p = isinf(anova->f) ? 0 : gsl_cdf_fdist_Q(anova->f, anova->df_between, anova->df_within);
}

int precopyml_train_anova(const double *value, const uint32_t *group, size_t count,
                          struct precopyml_train_anova *anova)
{
    struct precopyml_train_anova full = {sizeof full, NAN, NAN, NAN, NAN, NAN};
    struct sums sums;
    uint32_t groups = 0;
    size_t size;
    int error;

    if (!value || !group || !anova || anova->size < sizeof anova->size)
        return train_error(-EINVAL, "anova: a NULL or a struct without its size");
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(value[i]) || group[i] >= count)
            return train_error(
                -EINVAL, "anova: value %zu is not finite, or its group not below %zu", i, count);
        groups = group[i] >= groups ? group[i] + 1 : groups;
    }
    if (count > 0) {
        error = add_up(value, group, count, groups, &sums);
        if (error)
            return error;
        fill(&sums, count, &full);
    }
    size = anova->size < sizeof full ? anova->size : sizeof full;
    memcpy((char *)anova + sizeof full.size, (char *)&full + sizeof full.size,
           size - sizeof full.size);
    return 0;
}
