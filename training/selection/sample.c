/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "train_error.h"

static int begin(const struct selection *rows, struct selection *sample)
{
    *sample = *rows;
    sample->count = 0;
    sample->row = calloc(rows->count + 1, sizeof *sample->row);
    return sample->row ? 0 : train_no_memory();
}

int sample_one_each(const struct precopyml_train_dataset *dataset, const struct selection *rows,
                    gsl_rng *rng, struct selection *sample)
{
    size_t *place = calloc(dataset->groups + (size_t)1, sizeof *place); /* in the sample, + 1 */
    size_t *seen = calloc(dataset->groups + (size_t)1, sizeof *seen);
    int error = begin(rows, sample);

    if (!place || !seen)
        error = train_no_memory();
    for (size_t i = 0; !error && i < rows->count; i++) {
        uint32_t group = dataset->row[rows->row[i]].group;

        if (place[group] == 0)
            place[group] = ++sample->count;
        if (gsl_rng_uniform_int(rng, ++seen[group]) == 0)
            sample->row[place[group] - 1] = rows->row[i];
    }
    free(place);
    free(seen);
    return error;
}

int sample_migrations(const struct precopyml_train_dataset *dataset, const struct selection *rows,
                      size_t most, gsl_rng *rng, struct selection *sample)
{
    uint32_t groups = dataset->groups;
    size_t *size = calloc(groups + (size_t)1, sizeof *size), taken = 0;
    uint32_t *order = calloc(groups + (size_t)1, sizeof *order);
    bool *in = calloc(groups + (size_t)1, sizeof *in);
    int error = begin(rows, sample);

    if (!size || !order || !in)
        error = train_no_memory();
    for (size_t i = 0; !error && i < rows->count; i++)
        size[dataset->row[rows->row[i]].group]++;
    for (uint32_t i = 0; !error && i < groups; i++)
        order[i] = i;
    if (!error)
        gsl_ran_shuffle(rng, order, groups, sizeof *order);
    for (uint32_t i = 0; !error && i < groups; i++) {
        in[order[i]] = most == 0 || taken == 0 || taken + size[order[i]] <= most;
        taken += in[order[i]] ? size[order[i]] : 0;
    }
    for (size_t i = 0; !error && i < rows->count; i++) {
        if (in[dataset->row[rows->row[i]].group])
            sample->row[sample->count++] = rows->row[i];
    }
    free(size);
    free(order);
    free(in);
    return error;
}
