/* SPDX-License-Identifier: MIT */
/*
 * Writes model files (docs/model-format.md). The same description gives the same bytes, on every
 * machine. The writer refuses what the reader would refuse, but for names and payloads, which only
 * a reader with its predictors can judge: load what you wrote.
 */
#ifndef MODEL_WRITE_H
#define MODEL_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feature_spec {
    const char *name; /* as precopyml_feature_describe() says, as the unit */
    const char *unit;
    uint32_t transform;   /* MODEL_IDENTITY or MODEL_LOG of model_format.h */
    double centre, scale; /* input = (transform(raw) - centre) / scale; scale > 0 */
    double least, most;   /* of the raw training values */
};

struct head_spec {
    const char *target;
    const char *predictor;
    bool log_residual;
    const struct feature_spec *features;
    size_t feature_count;
    const double *calibration; /* log(observed / forecast), one a migration, ascending */
    size_t calibration_count;
    const void *payload; /* as the predictor's header says */
    size_t payload_length;
    bool per_doubt; /* the calibration is of scores that were divided by the doubt */
};

struct model_spec {
    double overhead;        /* s */
    const char *provenance; /* JSON text, UTF-8 */
    const struct head_spec *heads;
    size_t head_count;
};

/* On success *data is the caller's to free. -EINVAL, -EFBIG over 64 MiB, -ENOMEM. */
int model_write_memory(const struct model_spec *spec, unsigned char **data, size_t *length);

/*
 * Replaces `path` in one step: whoever opens it finds the old file or the whole new one, never a
 * part, whatever happens. A symbolic link is followed. -EINVAL also where `path` is something other
 * than a regular file, or what the system says.
 */
int model_write_path(const struct model_spec *spec, const char *path);

#endif
