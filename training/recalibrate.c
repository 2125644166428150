/* SPDX-License-Identifier: MIT */
/*
 * A model file with another calibration: every section is copied as it is, but for the scores of
 * one head and the provenance. What forecasts come from is not even decoded.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <precopyml-train.h>

#include "bytes.h"
#include "bytes_write.h"
#include "calibration.h"
#include "crc32.h"
#include "hash.h"
#include "model_format.h"
#include "sized.h"
#include "train_error.h"

enum { DIGITS = 15 }; /* a number of a provenance stays the text it was */

struct section {
    uint32_t type;
    const unsigned char *data;
    size_t length;
};

struct rewrite {
    const struct precopyml_train_calibration *options;
    const double *stored;
    size_t stored_count;
    uint64_t hash; /* of the scores as they came */
    char *provenance;
    struct bytes_out head;
    struct section *section;
    size_t count;
};

/* ---- Sections ---- */

/* The file has passed the run-time library's reader: counts and offsets are sound. */
static int read_sections(struct rewrite *rewrite, const void *model, size_t length)
{
    struct bytes in = bytes_of(model, length);

    bytes_take(&in, MODEL_HEADER_LENGTH - 8);
    rewrite->count = bytes_u32(&in);
    bytes_u32(&in);
    rewrite->section = calloc(rewrite->count + 1, sizeof *rewrite->section);
    if (!rewrite->section)
        return train_no_memory();
    for (size_t i = 0; i < rewrite->count; i++) {
        struct section *section = &rewrite->section[i];

        section->type = bytes_u32(&in);
        bytes_u32(&in);
        section->data = (const unsigned char *)model + bytes_u64(&in);
        section->length = (size_t)bytes_u64(&in);
    }
    return 0;
}

static struct section *find_head(const struct rewrite *rewrite)
{
    const char *target = precopyml_target_name((enum precopyml_target)rewrite->options->target);

    for (size_t i = 0; i < rewrite->count; i++) {
        struct section *section = &rewrite->section[i];

        if (section->type == MODEL_SECTION_HEAD && strcmp((const char *)section->data, target) == 0)
            return section;
    }
    return NULL;
}

static int replace_scores(struct rewrite *rewrite)
{
    struct section *section = find_head(rewrite);
    struct bytes_out *out = &rewrite->head;
    struct bytes in;
    uint32_t features, old;

    if (!section)
        return train_error(-ENOENT, "the model does not forecast this target");
    in = bytes_of(section->data, section->length);
    bytes_put(out, bytes_take(&in, MODEL_HEAD_FLAGS), MODEL_HEAD_FLAGS);
    bytes_put_u32(out, bytes_u32(&in) | MODEL_HEAD_PER_DOUBT);
    features = bytes_u32(&in);
    old = bytes_u32(&in);
    bytes_put_u32(out, features);
    bytes_put_u32(out, (uint32_t)rewrite->stored_count);
    features = (MODEL_HEAD_LENGTH - MODEL_HEAD_CALIBRATIONS - 4) + features * MODEL_FEATURE_LENGTH;
    bytes_put(out, bytes_take(&in, features), features);
    for (size_t i = 0; i < rewrite->stored_count; i++)
        bytes_put_f64(out, rewrite->stored[i]);
    bytes_take(&in, (size_t)old * sizeof(double));
    bytes_put(out, in.at, in.left);
    section->data = out->data;
    section->length = out->length;
    return out->failed ? train_no_memory() : 0;
}

/* ---- Provenance ---- */

static int add_note(json_t *calibration, const char *note)
{
    json_t *members;
    int error;

    if (!note)
        return 0;
    members = json_loads(note, 0, NULL);
    error = json_is_object(members) ? json_object_update(calibration, members) : -1;
    json_decref(members);
    return error ? train_error(-EINVAL, "the note is no JSON object") : 0;
}

static json_t *earlier_provenance(const struct section *section)
{
    const char *text = section ? (const char *)section->data : NULL;
    json_t *earlier = section ? json_loadb(text, section->length, 0, NULL) : NULL;

    if (json_is_object(earlier))
        return earlier;
    json_decref(earlier);
    earlier = json_object();
    if (section) /* no JSON: kept as a text */
        json_object_set_new(earlier, "earlier", json_stringn(text, section->length));
    return earlier;
}

static int replace_provenance(struct rewrite *rewrite)
{
    const struct precopyml_train_calibration *options = rewrite->options;
    struct section *section = NULL;
    json_t *calibration, *all;
    char hash[17];
    int error;

    for (size_t i = 0; i < rewrite->count; i++) {
        if (rewrite->section[i].type == MODEL_SECTION_PROVENANCE)
            section = &rewrite->section[i];
    }
    snprintf(hash, sizeof hash, "%016" PRIx64, rewrite->hash);
    calibration = json_pack("{ss sI ss sI sf}", "target",
                            precopyml_target_name((enum precopyml_target)options->target), "scores",
                            (json_int_t)rewrite->stored_count, "fnv1a64", hash, "window",
                            (json_int_t)options->window, "gamma", options->gamma);
    error = calibration ? add_note(calibration, options->note) : train_no_memory();
    if (error) {
        json_decref(calibration);
        return error;
    }
    all = earlier_provenance(section);
    if (json_object_set_new(all, "calibration", calibration) == 0)
        rewrite->provenance = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_decref(all);
    if (!rewrite->provenance)
        return train_no_memory();
    if (!section) {
        section = &rewrite->section[rewrite->count++];
        section->type = MODEL_SECTION_PROVENANCE;
    }
    section->data = (const unsigned char *)rewrite->provenance;
    section->length = strlen(rewrite->provenance);
    return 0;
}

/* ---- The file ---- */

static void put_padding(struct bytes_out *out)
{
    static const unsigned char zero[MODEL_ALIGNMENT];

    bytes_put(out, zero, model_align(out->length) - out->length);
}

static int assemble(const struct rewrite *rewrite, void **data, size_t *length)
{
    struct bytes_out out = {0};
    size_t at = MODEL_HEADER_LENGTH + rewrite->count * MODEL_ENTRY_LENGTH, end = at;

    for (size_t i = 0; i < rewrite->count; i++)
        end = model_align(end + rewrite->section[i].length);
    if (end + MODEL_CHECKSUM_LENGTH > MODEL_FILE_MAX_LENGTH)
        return train_error(-EFBIG, "the model would have over %d bytes", MODEL_FILE_MAX_LENGTH);
    bytes_put(&out, MODEL_MAGIC, MODEL_MAGIC_LENGTH);
    bytes_put_u32(&out, MODEL_FORMAT);
    bytes_put_u32(&out, 0);
    bytes_put_u64(&out, end + MODEL_CHECKSUM_LENGTH);
    bytes_put_u32(&out, (uint32_t)rewrite->count);
    bytes_put_u32(&out, 0);
    for (size_t i = 0; i < rewrite->count; i++) {
        bytes_put_u32(&out, rewrite->section[i].type);
        bytes_put_u32(&out, 0);
        bytes_put_u64(&out, at);
        bytes_put_u64(&out, rewrite->section[i].length);
        at = model_align(at + rewrite->section[i].length);
    }
    for (size_t i = 0; i < rewrite->count; i++) {
        bytes_put(&out, rewrite->section[i].data, rewrite->section[i].length);
        put_padding(&out);
    }
    bytes_put_u32(&out, checksum_crc32(out.data, out.length));
    if (out.failed) {
        free(out.data);
        return train_no_memory();
    }
    *data = out.data;
    *length = out.length;
    return 0;
}

/* ---- The whole ---- */

static int check(const struct precopyml_train_calibration *options, const double *scores,
                 size_t count)
{
    if (options->target >= PRECOPYML_TARGET_COUNT || options->reserved != 0)
        return train_error(-EINVAL, "no such target");
    if (!(options->gamma >= 0.0 && options->gamma < 1.0))
        return train_error(-EINVAL, "gamma must be 0 or more, and less than 1");
    if (options->window > PRECOPYML_TRAIN_WINDOW_MOST)
        return train_error(-EINVAL, "a window of over %d scores", PRECOPYML_TRAIN_WINDOW_MOST);
    if (options->gamma > 0.0 && options->window == 0 && count > PRECOPYML_TRAIN_WINDOW_MOST)
        return train_error(-EINVAL, "over %d scores to adapt: choose a window",
                           PRECOPYML_TRAIN_WINDOW_MOST);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(scores[i]))
            return train_error(-EINVAL, "score %zu is no finite number", i);
    }
    return 0;
}

static int check_model(const void *model, size_t length)
{
    precopyml_model *read = NULL;
    int error = precopyml_model_load_memory(model, length, &read);

    precopyml_model_unref(&read);
    return error ? train_error(error, "%s", precopyml_error_message()) : 0;
}

static int rewrite_model(struct rewrite *rewrite, const void *model, size_t length, void **data,
                         size_t *data_length)
{
    int error = read_sections(rewrite, model, length);

    if (!error)
        error = replace_scores(rewrite);
    if (!error)
        error = replace_provenance(rewrite);
    if (!error)
        error = assemble(rewrite, data, data_length);
    free(rewrite->provenance);
    free(rewrite->head.data);
    free(rewrite->section);
    return error;
}

int precopyml_train_calibrate(const void *model, size_t length, const double *scores, size_t count,
                              const struct precopyml_train_calibration *options, void **data,
                              size_t *data_length)
{
    struct precopyml_train_calibration own = PRECOPYML_TRAIN_CALIBRATION_INIT;
    struct rewrite rewrite = {.options = &own, .hash = HASH_START};
    double *stored = NULL;
    int error = options ? sized_copy(&own, sizeof own, options) : 0;

    if (error || !model || !data || !data_length || (!scores && count > 0))
        return train_error(error ? error : -EINVAL, "arguments that cannot be");
    *data = NULL;
    error = check(&own, scores, count);
    if (!error)
        error = check_model(model, length);
    if (error)
        return error;
    rewrite.stored_count = calibration_scores(scores, count, own.window, own.gamma, &stored);
    if (count > 0 && rewrite.stored_count == 0)
        return train_no_memory();
    for (size_t i = 0; i < count; i++)
        rewrite.hash = hash_double(rewrite.hash, scores[i]);
    rewrite.stored = stored;
    error = rewrite_model(&rewrite, model, length, data, data_length);
    free(stored);
    return error;
}
