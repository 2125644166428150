/* SPDX-License-Identifier: MIT */
/*
 * The reader of docs/model-format.md. Files are untrusted: nothing is used before it is checked,
 * and nothing is allocated by a number that the file's length does not back.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "crc32.h"
#include "error.h"
#include "hash.h"
#include "model.h"
#include "model_format.h"
#include "registry.h"

enum { FIRST_READ = 16 << 10 };

/* ---- Heads ---- */

/*
 * A name or unit where it lies: printable ASCII, ended and padded with NUL. NULL when it is not,
 * and the cursor has failed.
 */
static const char *take_text(struct bytes *in)
{
    const char *text = (const char *)bytes_take(in, MODEL_TEXT_LENGTH);
    size_t i = 0;

    while (text && i < MODEL_TEXT_LENGTH && text[i] >= ' ' && text[i] <= '~')
        i++;
    if (!text || i == 0 || i == MODEL_TEXT_LENGTH)
        in->failed = true;
    for (; !in->failed && i < MODEL_TEXT_LENGTH; i++)
        in->failed = text[i] != '\0';
    return in->failed ? NULL : text;
}

static int find_feature(const char *name, const char *unit)
{
    struct precopyml_description description = PRECOPYML_DESCRIPTION_INIT;
    int id = precopyml_feature_find(name);

    if (id < 0)
        return error_set(-EPROTO, "unknown feature '%s'", name);
    precopyml_feature_describe((enum precopyml_feature)id, &description);
    if (strcmp(unit, description.unit) != 0)
        return error_set(-EPROTO, "unit of feature '%s' is '%s', not '%s'", name, description.unit,
                         unit);
    return id;
}

/*
 * A tenth of the trained range on either side still counts as inside, measured as the predictor
 * sees it; where the range is a point, a relative 1e-9.
 */
static void set_range(struct model_feature *feature, double least, double most)
{
    double low = model_transform(feature->transform, least);
    double high = model_transform(feature->transform, most);
    double slack = fmax(0.1 * (high - low), 1e-9 * fmax(1.0, fmax(fabs(low), fabs(high))));

    feature->lowest = low - slack;
    feature->highest = high + slack;
}

static int read_feature(struct model_head *head, struct bytes *in)
{
    const char *name = take_text(in), *unit = take_text(in);
    struct model_feature feature = {.transform = bytes_u32(in)};
    uint32_t reserved = bytes_u32(in);
    double least, most;
    int id;

    feature.centre = bytes_f64(in);
    feature.scale = bytes_f64(in);
    least = bytes_f64(in);
    most = bytes_f64(in);
    if (in->failed)
        return error_set(-EBADMSG, "malformed text in a feature table");
    id = find_feature(name, unit);
    if (id < 0)
        return id;
    for (size_t i = 0; i < head->feature_count; i++) {
        if (head->ids[i] == (uint32_t)id)
            return error_set(-EBADMSG, "duplicate feature '%s'", name);
    }
    if (feature.transform >= MODEL_TRANSFORM_COUNT || reserved != 0)
        return error_set(-EBADMSG, "unknown transform of feature '%s'", name);
    if (!isfinite(feature.centre) || !isfinite(feature.scale) || !isfinite(least) ||
        !isfinite(most) || !isfinite(most - least))
        return error_set(-EBADMSG, "not a finite number at feature '%s'", name);
    if (feature.scale <= 0.0 || least > most)
        return error_set(-EBADMSG, "impossible scale or range of feature '%s'", name);
    set_range(&feature, least, most);
    head->ids[head->feature_count] = (uint32_t)id;
    head->features[head->feature_count++] = feature;
    return 0;
}

/* `count` is backed by the section's length. */
static int read_calibration(struct model_head *head, uint32_t count, struct bytes *in)
{
    if (count == 0)
        return 0;
    head->calibration = malloc(count * sizeof head->calibration[0]);
    if (!head->calibration)
        return error_set(-ENOMEM, "out of memory");
    for (uint32_t i = 0; i < count; i++) {
        head->calibration[i] = bytes_f64(in);
        if (!isfinite(head->calibration[i]))
            return error_set(-EBADMSG, "not a finite number in a calibration");
        if (i > 0 && head->calibration[i] < head->calibration[i - 1])
            return error_set(-EBADMSG, "a calibration is not sorted");
    }
    head->calibration_count = count;
    return 0;
}

static int load_payload(struct model_head *head, const char *predictor, struct bytes payload)
{
    const struct precopyml_predictor_ops *ops = registry_find(predictor);
    int error;

    if (!ops)
        return error_set(-ENOTSUP, "unknown predictor '%s'", predictor);
    error = ops->load(payload.at, payload.left, head->feature_count, &head->state);
    if (error == -ENOMEM)
        return error_set(-ENOMEM, "out of memory");
    if (error)
        return error_set(-EBADMSG, "malformed payload of predictor '%s'", predictor);
    head->ops = ops; /* from now on unref destroys the state */
    return 0;
}

static int find_target(const char *name)
{
    for (int i = 0; i < PRECOPYML_TARGET_COUNT; i++) {
        if (strcmp(precopyml_target_name((enum precopyml_target)i), name) == 0)
            return i;
    }
    return -ENOENT;
}

/* All of a head but its calibration and its flag: another one leaves the forecasts as they are. */
static uint64_t hash_head(uint64_t hash, struct bytes head, uint32_t feature_count,
                          uint32_t calibration_count)
{
    size_t tables = (size_t)feature_count * MODEL_FEATURE_LENGTH;
    unsigned char start[MODEL_HEAD_CALIBRATIONS];

    memcpy(start, bytes_take(&head, sizeof start), sizeof start);
    start[MODEL_HEAD_FLAGS] &= (unsigned char)~MODEL_HEAD_PER_DOUBT;
    hash = hash_bytes(hash, start, sizeof start);
    bytes_take(&head, MODEL_HEAD_LENGTH - MODEL_HEAD_CALIBRATIONS);
    hash = hash_bytes(hash, bytes_take(&head, tables), tables);
    bytes_take(&head, (size_t)calibration_count * sizeof(double));
    return hash_bytes(hash, head.at, head.left);
}

static int read_head(precopyml_model *model, struct bytes in)
{
    const struct bytes whole = in;
    const char *name = take_text(&in), *predictor = take_text(&in);
    uint32_t flags = bytes_u32(&in);
    uint32_t feature_count = bytes_u32(&in);
    uint32_t calibration_count = bytes_u32(&in);
    uint32_t reserved = bytes_u32(&in);
    uint64_t payload_length = bytes_u64(&in);
    struct model_head *head;
    int target, error = 0;

    if (in.failed)
        return error_set(-EBADMSG, "malformed start of a head");
    if ((flags & ~(MODEL_HEAD_LOG_RESIDUAL | MODEL_HEAD_PER_DOUBT)) != 0 || reserved != 0)
        return error_set(-EBADMSG, "unknown flags of a head");
    if (payload_length > in.left ||
        in.left - payload_length != (uint64_t)feature_count * MODEL_FEATURE_LENGTH +
                                        (uint64_t)calibration_count * sizeof(double))
        return error_set(-EBADMSG, "counts of a head do not add up to its length");
    model->fingerprint = hash_head(model->fingerprint, whole, feature_count, calibration_count);
    target = find_target(name);
    if (target < 0)
        return error_set(-EPROTO, "unknown target '%s'", name);
    head = &model->heads[target];
    if (head->ops)
        return error_set(-EBADMSG, "duplicate head for target '%s'", name);
    head->log_residual = flags & MODEL_HEAD_LOG_RESIDUAL;
    head->per_doubt = flags & MODEL_HEAD_PER_DOUBT;
    if (feature_count == 0 && !head->log_residual)
        return error_set(-EBADMSG, "a head without features that is no log residual");
    if (feature_count > PRECOPYML_FEATURE_COUNT)
        return error_set(-EPROTO, "more features than this library knows");
    for (uint32_t i = 0; i < feature_count && !error; i++)
        error = read_feature(head, &in);
    if (!error)
        error = read_calibration(head, calibration_count, &in);
    return error ? error : load_payload(head, predictor, in);
}

/* ---- Sections ---- */

static int read_physics(precopyml_model *model, struct bytes in)
{
    model->overhead = bytes_f64(&in);
    model->fingerprint = hash_double(model->fingerprint, model->overhead);
    if (in.failed || in.left != 0)
        return error_set(-EBADMSG, "physics section of a wrong length");
    if (!isfinite(model->overhead) || model->overhead < 0.0)
        return error_set(-EBADMSG, "overhead is not a finite, non-negative number");
    return 0;
}

static int read_provenance(precopyml_model *model, struct bytes in)
{
    if (model->provenance)
        return error_set(-EBADMSG, "duplicate provenance section");
    if (in.left > 0 && memchr(in.at, '\0', in.left))
        return error_set(-EBADMSG, "zero byte in the provenance");
    return model_set_provenance(model, (const char *)in.at, in.left);
}

static int read_section(precopyml_model *model, uint32_t type, struct bytes in, bool *have_physics)
{
    switch (type) {
    case MODEL_SECTION_PHYSICS:
        if (*have_physics)
            return error_set(-EBADMSG, "duplicate physics section");
        *have_physics = true;
        return read_physics(model, in);
    case MODEL_SECTION_PROVENANCE: return read_provenance(model, in);
    case MODEL_SECTION_HEAD: return read_head(model, in);
    default:
        return type & MODEL_SECTION_OPTIONAL
                   ? 0
                   : error_set(-ENOTSUP, "unknown section type %" PRIu32, type);
    }
}

/* The bytes from `from` up to the next multiple of the alignment are zero. */
static bool is_padding(const unsigned char *bytes, size_t from)
{
    while (from % MODEL_ALIGNMENT != 0) {
        if (bytes[from++] != 0)
            return false;
    }
    return true;
}

/* Sections lie in the table's order with nothing between them but padding: no byte is unread. */
static int read_sections(precopyml_model *model, struct bytes table, uint32_t count, size_t end)
{
    const unsigned char *bytes = model->bytes;
    size_t at = MODEL_HEADER_LENGTH + (size_t)count * MODEL_ENTRY_LENGTH;
    bool have_physics = false;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t type = bytes_u32(&table), reserved = bytes_u32(&table);
        uint64_t offset = bytes_u64(&table), length = bytes_u64(&table);
        int error;

        if (offset < at)
            return error_set(-EBADMSG, "section %" PRIu32 " overlaps what is before it", i);
        if (offset > at)
            return error_set(-EBADMSG, "gap before section %" PRIu32, i);
        if (length > end - at)
            return error_set(-EBADMSG, "section %" PRIu32 " runs past the end", i);
        at += (size_t)length;
        if (reserved != 0 || model_align(at) > end || !is_padding(bytes, at))
            return error_set(-EBADMSG, "malformed entry or padding of section %" PRIu32, i);
        error = read_section(model, type, bytes_of(bytes + offset, (size_t)length), &have_physics);
        if (error)
            return error;
        at = model_align(at);
    }
    if (at != end)
        return error_set(-EBADMSG, "bytes after the last section");
    return have_physics ? 0 : error_set(-EBADMSG, "no physics section");
}

/* ---- The whole file ---- */

/*
 * Checked in the order in which a file is likely to be wrong: another kind of file, another
 * version, cut short, damaged. Only then is anything else believed.
 */
static int read_model(precopyml_model *model, size_t length)
{
    const unsigned char *bytes = model->bytes;
    size_t shared = length < MODEL_MAGIC_LENGTH ? length : MODEL_MAGIC_LENGTH;
    struct bytes in = bytes_of(bytes, length), tail;
    uint32_t version, flags, count;
    uint64_t total;
    int error;

    if (memcmp(bytes, MODEL_MAGIC, shared) != 0)
        return error_set(-EBADMSG, "wrong magic: not a precopyml model");
    bytes_take(&in, MODEL_MAGIC_LENGTH);
    version = bytes_u32(&in);
    flags = bytes_u32(&in);
    total = bytes_u64(&in);
    count = bytes_u32(&in);
    if (!in.failed && version > MODEL_FORMAT)
        return error_set(-ENOTSUP, "format %" PRIu32 " is newer than %d", version, MODEL_FORMAT);
    if (in.failed || length < MODEL_HEADER_LENGTH + MODEL_CHECKSUM_LENGTH || total > length)
        return error_set(-EBADMSG, "truncated after %zu bytes; have it written again", length);
    if (total < length)
        return error_set(-EBADMSG, "%zu trailing bytes", length - (size_t)total);
    tail = bytes_of(bytes + length - MODEL_CHECKSUM_LENGTH, MODEL_CHECKSUM_LENGTH);
    if (bytes_u32(&tail) != checksum_crc32(bytes, length - MODEL_CHECKSUM_LENGTH))
        return error_set(-EBADMSG, "wrong checksum: the file is damaged");
    if (version != MODEL_FORMAT || flags != 0 || bytes_u32(&in) != 0)
        return error_set(-EBADMSG, "malformed header");
    if (count > (in.left - MODEL_CHECKSUM_LENGTH) / MODEL_ENTRY_LENGTH)
        return error_set(-EBADMSG, "section table runs past the end");
    error = read_sections(model, in, count, length - MODEL_CHECKSUM_LENGTH);
    if (!error && !model->provenance)
        error = model_set_provenance(model, "{}", 2);
    return error;
}

/* Takes `bytes` over, whatever happens. */
static int adopt(unsigned char *bytes, size_t length, precopyml_model **out)
{
    precopyml_model *model = model_create();
    int error;

    if (!model) {
        free(bytes);
        return error_set(-ENOMEM, "out of memory");
    }
    model->bytes = bytes;
    error = read_model(model, length);
    if (error)
        precopyml_model_unref(&model);
    *out = model;
    return error;
}

int precopyml_model_load_memory(const void *data, size_t length, precopyml_model **model)
{
    unsigned char *copy;

    if (!model)
        return error_set(-EINVAL, "nowhere to put the model");
    *model = NULL;
    if (!data && length > 0)
        return error_set(-EINVAL, "no data");
    if (length > MODEL_FILE_MAX_LENGTH)
        return error_set(-EFBIG, "over %d bytes", MODEL_FILE_MAX_LENGTH);
    copy = malloc(length + 1); /* never zero bytes */
    if (!copy)
        return error_set(-ENOMEM, "out of memory");
    if (length > 0)
        memcpy(copy, data, length);
    return adopt(copy, length, model);
}

/* ---- Files ---- */

/* Reads to the end; a pipe gives what it has, and signals may interrupt. */
static int read_all(int fd, unsigned char **bytes, size_t *length)
{
    size_t capacity = 0;

    for (;;) {
        ssize_t got;

        if (*length == capacity) {
            size_t wanted = capacity ? 2 * capacity : FIRST_READ;
            unsigned char *grown = realloc(*bytes, wanted);

            if (!grown)
                return error_set(-ENOMEM, "out of memory");
            *bytes = grown;
            capacity = wanted;
        }
        got = read(fd, *bytes + *length, capacity - *length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(-errno, "cannot read: error %d", errno);
        if (got == 0)
            return 0;
        *length += (size_t)got;
        if (*length > MODEL_FILE_MAX_LENGTH)
            return error_set(-EFBIG, "over %d bytes", MODEL_FILE_MAX_LENGTH);
    }
}

int precopyml_model_load_fd(int fd, precopyml_model **model)
{
    unsigned char *bytes = NULL, *fitted;
    size_t length = 0;
    int error;

    if (!model)
        return error_set(-EINVAL, "nowhere to put the model");
    *model = NULL;
    error = read_all(fd, &bytes, &length);
    if (error) {
        free(bytes);
        return error;
    }
    fitted = realloc(bytes, length + 1);
    return adopt(fitted ? fitted : bytes, length, model);
}

int precopyml_model_load_path(const char *path, precopyml_model **model)
{
    int fd, error;

    if (!model)
        return error_set(-EINVAL, "nowhere to put the model");
    *model = NULL;
    fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        error = path ? -errno : -EINVAL;
        return error_set(error, "cannot open '%s': error %d", path ? path : "", -error);
    }
    error = precopyml_model_load_fd(fd, model);
    close(fd);
    return error;
}
