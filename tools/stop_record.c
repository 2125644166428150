/* SPDX-License-Identifier: MIT */
#include "stop_record.h"

#include <inttypes.h>
#include <stdio.h>

#include "json_get.h"

static void copy_word(char word[STOP_RECORD_WORD], const char *text)
{
    snprintf(word, STOP_RECORD_WORD, "%s", text != NULL ? text : "");
}

const char *fingerprint_text(char text[STOP_RECORD_WORD], const precopyml_model *model)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;

    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    snprintf(text, STOP_RECORD_WORD, "%016" PRIx64, info.fingerprint);
    return text;
}

void stop_record_fill(struct stop_record *stop, const struct precopyml_decision *decision,
                      const struct precopyml_session_options *options, const precopyml_model *model)
{
    *stop = (struct stop_record){
        .t = NAN,
        .sync_count = NAN,
        .forecast = decision->downtime,
        .upper = decision->downtime_upper,
        .doubt = decision->doubt,
        .limit = options->downtime_limit,
        .confidence = options->confidence,
        .extrapolating = (decision->flags & PRECOPYML_FLAG_EXTRAPOLATING) != 0,
        .late = (decision->flags & PRECOPYML_FLAG_ATTACHED_LATE) != 0,
    };
    copy_word(stop->reason, precopyml_reason_name(decision->reason));
    copy_word(stop->policy, options->policy != NULL ? options->policy : precopyml_policy_name(0));
    fingerprint_text(stop->model, model);
}

void stop_record_write(struct json_line *line, const struct stop_record *stop)
{
    json_line_number(line, "t", stop->t);
    json_line_number(line, "sync_count", stop->sync_count);
    json_line_number(line, "predicted_downtime_ms", stop->forecast * 1e3);
    json_line_number(line, "upper_ms", stop->upper * 1e3);
    json_line_number(line, "doubt", stop->doubt);
    json_line_string(line, "reason", stop->reason);
    json_line_string(line, "policy", stop->policy);
    json_line_number(line, "downtime_limit_ms", stop->limit > 0 ? stop->limit * 1e3 : (double)NAN);
    json_line_number(line, "confidence", stop->confidence);
    json_line_string(line, "model", stop->model);
    json_line_bool(line, "extrapolating", stop->extrapolating);
    json_line_bool(line, "attached_late", stop->late);
    json_line_bool(line, "throttled", stop->throttled);
}

static void read_word(char word[STOP_RECORD_WORD], const json_t *object, const char *key)
{
    copy_word(word, json_string_value(json_object_get(object, key)));
}

void stop_record_read(struct stop_record *stop, const json_t *object)
{
    double limit = json_get_number(object, "downtime_limit_ms");

    *stop = (struct stop_record){
        .t = json_get_number(object, "t"),
        .sync_count = json_get_number(object, "sync_count"),
        .forecast = json_get_number(object, "predicted_downtime_ms") / 1e3,
        .upper = json_get_number(object, "upper_ms") / 1e3,
        .doubt = json_get_number(object, "doubt"),
        .limit = limit > 0 ? limit / 1e3 : 0,
        .confidence = json_get_number(object, "confidence"),
        .extrapolating = json_is_true(json_object_get(object, "extrapolating")),
        .late = json_is_true(json_object_get(object, "attached_late")),
        .throttled = json_is_true(json_object_get(object, "throttled")),
    };
    read_word(stop->reason, object, "reason");
    read_word(stop->policy, object, "policy");
    read_word(stop->model, object, "model");
}
