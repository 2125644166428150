/* SPDX-License-Identifier: MIT */
#include "model_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes_write.h"
#include "crc32.h"
#include "model_format.h"

enum { TEMPORARY_ATTEMPTS = 100 };

/* ---- Checks ---- */

static bool is_text(const char *text)
{
    size_t length = 0;

    while (text && text[length] >= ' ' && text[length] <= '~')
        length++;
    return text && text[length] == '\0' && length > 0 && length < MODEL_TEXT_LENGTH;
}

static bool is_feature(const struct feature_spec *feature)
{
    return is_text(feature->name) && is_text(feature->unit) &&
           feature->transform < MODEL_TRANSFORM_COUNT && isfinite(feature->centre) &&
           isfinite(feature->scale) && feature->scale > 0.0 && isfinite(feature->least) &&
           isfinite(feature->most) && feature->least <= feature->most &&
           isfinite(feature->most - feature->least);
}

static bool is_head(const struct head_spec *head)
{
    if (!is_text(head->target) || !is_text(head->predictor) ||
        (head->feature_count == 0 && !head->log_residual) ||
        head->feature_count > MODEL_FILE_MAX_LENGTH / MODEL_FEATURE_LENGTH ||
        head->calibration_count > MODEL_FILE_MAX_LENGTH / sizeof(double) ||
        head->payload_length > MODEL_FILE_MAX_LENGTH)
        return false;
    for (size_t i = 0; i < head->feature_count; i++) {
        if (!is_feature(&head->features[i]))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(head->features[i].name, head->features[j].name) == 0)
                return false;
        }
    }
    for (size_t i = 0; i < head->calibration_count; i++) {
        if (!isfinite(head->calibration[i]) ||
            (i > 0 && head->calibration[i] < head->calibration[i - 1]))
            return false;
    }
    return true;
}

static bool is_model(const struct model_spec *spec)
{
    if (!isfinite(spec->overhead) || spec->overhead < 0.0 || !spec->provenance)
        return false;
    for (size_t i = 0; i < spec->head_count; i++) {
        if (!is_head(&spec->heads[i]))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(spec->heads[i].target, spec->heads[j].target) == 0)
                return false;
        }
    }
    return true;
}

/* ---- The bytes ---- */

static void put_text(struct bytes_out *out, const char *text)
{
    char field[MODEL_TEXT_LENGTH] = {0};

    memcpy(field, text, strlen(text));
    bytes_put(out, field, sizeof field);
}

static void put_padding(struct bytes_out *out)
{
    static const unsigned char zero[MODEL_ALIGNMENT];

    bytes_put(out, zero, model_align(out->length) - out->length);
}

static size_t head_length(const struct head_spec *head)
{
    return MODEL_HEAD_LENGTH + head->feature_count * MODEL_FEATURE_LENGTH +
           head->calibration_count * sizeof(double) + head->payload_length;
}

static void put_head(struct bytes_out *out, const struct head_spec *head)
{
    put_text(out, head->target);
    put_text(out, head->predictor);
    bytes_put_u32(out, (head->log_residual ? MODEL_HEAD_LOG_RESIDUAL : 0) |
                           (head->per_doubt ? MODEL_HEAD_PER_DOUBT : 0));
    bytes_put_u32(out, (uint32_t)head->feature_count);
    bytes_put_u32(out, (uint32_t)head->calibration_count);
    bytes_put_u32(out, 0);
    bytes_put_u64(out, head->payload_length);
    for (size_t i = 0; i < head->feature_count; i++) {
        const struct feature_spec *feature = &head->features[i];

        put_text(out, feature->name);
        put_text(out, feature->unit);
        bytes_put_u32(out, feature->transform);
        bytes_put_u32(out, 0);
        bytes_put_f64(out, feature->centre);
        bytes_put_f64(out, feature->scale);
        bytes_put_f64(out, feature->least);
        bytes_put_f64(out, feature->most);
    }
    for (size_t i = 0; i < head->calibration_count; i++)
        bytes_put_f64(out, head->calibration[i]);
    bytes_put(out, head->payload, head->payload_length);
}

/* Adds an entry for a section at *offset and moves *offset behind it. */
static void put_entry(struct bytes_out *out, uint32_t type, size_t length, size_t *offset)
{
    bytes_put_u32(out, type);
    bytes_put_u32(out, 0);
    bytes_put_u64(out, *offset);
    bytes_put_u64(out, length);
    *offset = model_align(*offset + length);
}

static void put_table(struct bytes_out *out, const struct model_spec *spec, size_t *offset)
{
    put_entry(out, MODEL_SECTION_PHYSICS, sizeof spec->overhead, offset);
    put_entry(out, MODEL_SECTION_PROVENANCE, strlen(spec->provenance), offset);
    for (size_t i = 0; i < spec->head_count; i++)
        put_entry(out, MODEL_SECTION_HEAD, head_length(&spec->heads[i]), offset);
}

int model_write_memory(const struct model_spec *spec, unsigned char **data, size_t *length)
{
    uint32_t sections = (uint32_t)(2 + spec->head_count);
    size_t end = MODEL_HEADER_LENGTH + (size_t)sections * MODEL_ENTRY_LENGTH;
    struct bytes_out table = {0}, out = {0};

    if (!is_model(spec))
        return -EINVAL;
    put_table(&table, spec, &end);
    bytes_put(&out, MODEL_MAGIC, MODEL_MAGIC_LENGTH);
    bytes_put_u32(&out, MODEL_FORMAT);
    bytes_put_u32(&out, 0);
    bytes_put_u64(&out, end + MODEL_CHECKSUM_LENGTH);
    bytes_put_u32(&out, sections);
    bytes_put_u32(&out, 0);
    bytes_put(&out, table.data, table.length);
    bytes_put_f64(&out, spec->overhead);
    bytes_put(&out, spec->provenance, strlen(spec->provenance));
    put_padding(&out);
    for (size_t i = 0; i < spec->head_count; i++) {
        put_head(&out, &spec->heads[i]);
        put_padding(&out);
    }
    bytes_put_u32(&out, checksum_crc32(out.data, out.length));
    free(table.data);
    if (table.failed || out.failed || out.length > MODEL_FILE_MAX_LENGTH) {
        free(out.data);
        return table.failed || out.failed ? -ENOMEM : -EFBIG;
    }
    *data = out.data;
    *length = out.length;
    return 0;
}

/* ---- The file ---- */

static int write_all(int fd, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t put = write(fd, data, length);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        data += put;
        length -= (size_t)put;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

/*
 * A new file beside `path`. Not mkstemp(): that would give the model to its owner alone instead of
 * what the umask says.
 */
static int create_beside(const char *path, char **name)
{
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        int fd, error;

        if (asprintf(name, "%s.%ld-%d.tmp", path, (long)getpid(), attempt) < 0) {
            *name = NULL;
            return -ENOMEM;
        }
        fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            return fd;
        error = -errno;
        free(*name);
        *name = NULL;
        if (error != -EEXIST)
            return error;
    }
    return -EEXIST;
}

/* Makes the rename itself durable; not every filesystem can, and the file is whole either way. */
static void sync_folder(char *path)
{
    char *slash = strrchr(path, '/');
    int fd;

    if (slash)
        slash[slash == path] = '\0';
    fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

static int replace(char *path, const unsigned char *data, size_t length)
{
    char *temporary = NULL;
    int fd = create_beside(path, &temporary), error;

    if (fd < 0)
        return fd;
    error = write_all(fd, data, length);
    if (close(fd) != 0 && !error)
        error = -errno;
    if (!error && rename(temporary, path) != 0)
        error = -errno;
    if (error)
        unlink(temporary);
    else
        sync_folder(path);
    free(temporary);
    return error;
}

int model_write_path(const struct model_spec *spec, const char *path)
{
    unsigned char *data;
    struct stat status;
    size_t length;
    char *real;
    int error;

    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return -EINVAL;
    error = model_write_memory(spec, &data, &length);
    if (error)
        return error;
    real = realpath(path, NULL);
    if (!real && errno == ENOENT)
        real = strdup(path);
    error = real ? replace(real, data, length) : -errno;
    free(real);
    free(data);
    return error;
}
