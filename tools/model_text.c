/* SPDX-License-Identifier: MIT */
#include "model_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "contest_text.h"
#include "number.h"

/* The entry of the provenance about one target; NULL when there is none. Borrowed. */
static const json_t *entry_of(const json_t *provenance, const char *target)
{
    const json_t *list = json_object_get(provenance, "targets");
    const json_t *entry;
    size_t i;

    json_array_foreach(list, i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "target"));

        if (name != NULL && strcmp(name, target) == 0)
            return entry;
    }
    return NULL;
}

/* The least score of the cross-validation; NaN when there was none. */
static double best_score(const json_t *entry)
{
    double best = NAN;
    const json_t *tried;
    size_t i;

    json_array_foreach(json_object_get(entry, "cv"), i, tried)
    {
        const json_t *score = json_object_get(tried, "score");

        if (json_is_number(score))
            best = fmin(best, json_number_value(score));
    }
    return best;
}

/* A member as JSON text: whatever a file says, no control characters reach the terminal. */
static void print_member(FILE *stream, const char *title, const json_t *entry, const char *name)
{
    char *text = json_dumps(json_object_get(entry, name),
                            JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));

    fprintf(stream, "%s%s", title, text != NULL ? text : "unknown");
    free(text);
}

static void print_provenance(FILE *stream, const json_t *entry)
{
    char score[NUMBER_TEXT_SIZE];

    if (json_object_size(json_object_get(entry, "options")) > 0) {
        print_member(stream, "  options:  ", entry, "options");
        fputc('\n', stream);
    }
    print_member(stream, "  trained:  ", entry, "rows");
    print_member(stream, " rows of ", entry, "migrations");
    print_member(stream, " migrations, downtime from ", entry, "downtime_source");
    fputc('\n', stream);
    if (!isnan(best_score(entry)))
        fprintf(stream, "  score:    %s, mean |log(forecast / observed)| on held-out migrations\n",
                number_fixed(score, best_score(entry), 3));
    contest_text(stream, entry);
}

static void print_target(FILE *stream, const precopyml_model *model, enum precopyml_target target,
                         const json_t *provenance)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    const char *name = precopyml_target_name(target);
    const json_t *entry = entry_of(provenance, name);

    precopyml_model_info(model, target, &info);
    if (info.predictor == NULL)
        return;
    fprintf(stream, "%s: %s, %s\n", name, info.predictor,
            info.log_residual ? "log residual over physics" : "plain");
    for (size_t i = 0; i < info.feature_count; i++) {
        struct precopyml_description feature = PRECOPYML_DESCRIPTION_INIT;

        precopyml_feature_describe((enum precopyml_feature)info.features[i], &feature);
        fprintf(stream, "%s%s", i == 0 ? "  features: " : ", ", feature.name);
    }
    if (info.feature_count > 0)
        fputc('\n', stream);
    if (entry != NULL)
        print_provenance(stream, entry);
    if (info.calibration_count > 0)
        fprintf(stream, "  bounds:   calibrated on %u migrations, %s\n", info.calibration_count,
                info.per_doubt ? "as wide as the doubt" : "one factor for all");
    else
        fputs("  bounds:   not calibrated\n", stream);
}

void model_text(FILE *stream, const precopyml_model *model)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    char overhead[NUMBER_TEXT_SIZE];
    json_t *provenance;

    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    provenance = json_loads(info.provenance, 0, NULL);
    for (int i = 0; i < PRECOPYML_TARGET_COUNT; i++)
        print_target(stream, model, (enum precopyml_target)i, provenance);
    fprintf(stream, "physics overhead: %s ms\n", number_fixed(overhead, info.overhead * 1e3, 1));
    json_decref(provenance);
}
