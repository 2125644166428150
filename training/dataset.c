/* SPDX-License-Identifier: MIT */
#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sized.h"
#include "train_error.h"

void precopyml_train_dataset_free(precopyml_train_dataset **dataset)
{
    if (!dataset || !*dataset)
        return;
    free((*dataset)->name);
    free((*dataset)->row);
    free(*dataset);
    *dataset = NULL;
}

int precopyml_train_dataset_info(const precopyml_train_dataset *dataset,
                                 struct precopyml_train_dataset_info *info)
{
    struct precopyml_train_dataset_info full = PRECOPYML_TRAIN_DATASET_INFO_INIT;
    size_t size;

    if (!dataset || !info || info->size < sizeof info->size)
        return train_error(-EINVAL, "dataset_info: a NULL or a struct without its size");
    full.name = dataset->name;
    full.rows = dataset->rows;
    full.migrations = dataset->groups;
    full.features = dataset->features;
    full.targets = dataset->targets;
    full.hash = dataset->hash;
    size = info->size < sizeof full ? info->size : sizeof full;
    memcpy((char *)info + sizeof full.size, (char *)&full + sizeof full.size,
           size - sizeof full.size);
    return 0;
}

const char *feature_name(uint32_t feature)
{
    struct precopyml_description description = PRECOPYML_DESCRIPTION_INIT;

    return precopyml_feature_describe((enum precopyml_feature)feature, &description) == 0
               ? description.name
               : "?";
}

/* Index of the source asked for; DATASET_SOURCES for any; -EBADMSG for one that is not there. */
static int find_source(const struct precopyml_train_dataset *dataset, const char *source)
{
    if (!source)
        return DATASET_SOURCES;
    for (uint32_t i = 0; i < dataset->sources; i++) {
        if (strcmp(dataset->source[i], source) == 0)
            return (int)i;
    }
    return train_error(-EBADMSG, "%s: no row has downtime_source \"%s\"", dataset->name, source);
}

/* Refuses rows that were measured in different ways: the difference would be learned as physics. */
static int check_mixture(const struct precopyml_train_dataset *dataset,
                         const struct selection *selection, const char *target)
{
    size_t count[DATASET_SOURCES] = {0};
    char text[256] = "";
    size_t used = 0, kinds = 0;

    for (size_t i = 0; i < selection->count; i++)
        count[dataset->row[selection->row[i]].source]++;
    for (uint32_t i = 0; i < dataset->sources && used < sizeof text; i++) {
        if (count[i] == 0)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu of \"%s\"",
                                 kinds++ ? ", " : "", count[i], dataset->source[i]);
    }
    return kinds <= 1 ? 0
                      : train_error(-EBADMSG,
                                    "%s: column %s mixes ways of measuring: %s rows; "
                                    "choose one downtime_source",
                                    dataset->name, target, text);
}

static int select_rows(const struct precopyml_train_dataset *dataset, enum precopyml_target target,
                       int source, struct selection *selection)
{
    for (size_t i = 0; i < dataset->rows; i++) {
        const struct dataset_row *row = &dataset->row[i];

        if (isnan(row->target[target])) {
            selection->unlabelled++;
        } else if (row->source == DATASET_SOURCES) {
            return train_error(-EBADMSG, "%s:%lu: column downtime_source: empty beside a known %s",
                               dataset->name, row->line, precopyml_target_name(target));
        } else if (source != DATASET_SOURCES && row->source != (uint32_t)source) {
            selection->other++;
        } else {
            selection->row[selection->count++] = i;
        }
    }
    return selection->count > 0 ? 0
                                : train_error(-ENODATA, "%s: no row has a %s", dataset->name,
                                              precopyml_target_name(target));
}

int selection_make(const struct precopyml_train_dataset *dataset, enum precopyml_target target,
                   const char *source, struct selection *selection)
{
    const char *name = precopyml_target_name(target);
    int which, error;

    *selection = (struct selection){.target = target};
    if (!(dataset->targets >> target & 1))
        return train_error(-EBADMSG, "%s:1: no column \"%s\"", dataset->name, name);
    if (!dataset->has_source)
        return train_error(-EBADMSG, "%s:1: no column \"downtime_source\"", dataset->name);
    which = find_source(dataset, source);
    if (which < 0)
        return which;
    selection->row = calloc(dataset->rows + 1, sizeof *selection->row);
    if (!selection->row)
        return train_no_memory();
    error = select_rows(dataset, target, which, selection);
    if (error == 0)
        error = check_mixture(dataset, selection, name);
    if (error)
        selection_free(selection);
    return error;
}

void selection_free(struct selection *selection)
{
    free(selection->row);
    *selection = (struct selection){0};
}

int selection_require(const struct precopyml_train_dataset *dataset,
                      const struct selection *selection, const uint32_t *features, size_t count)
{
    for (size_t j = 0; j < count; j++) {
        if (!(dataset->features >> features[j] & 1))
            return train_error(-EBADMSG, "%s:1: no column \"%s\"", dataset->name,
                               feature_name(features[j]));
    }
    for (size_t i = 0; i < selection->count; i++) {
        const struct dataset_row *row = &dataset->row[selection->row[i]];

        for (size_t j = 0; j < count; j++) {
            if (!(row->features.known >> features[j] & 1))
                return train_error(-EBADMSG, "%s:%lu: column %s: empty, and it is needed",
                                   dataset->name, row->line, feature_name(features[j]));
        }
    }
    return 0;
}

bool selection_knows(const struct precopyml_train_dataset *dataset,
                     const struct selection *selection, uint32_t feature)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (!(dataset->row[selection->row[i]].features.known >> feature & 1))
            return false;
    }
    return true;
}
