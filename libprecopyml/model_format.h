/* SPDX-License-Identifier: MIT */
/*
 * The numbers of docs/model-format.md, shared by the reader here and the writer in training/, and
 * the one definition of what a transform does, shared by inference and training.
 */
#ifndef MODEL_FORMAT_H
#define MODEL_FORMAT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* A byte over 127, both line ends and an end-of-file: a transfer as text breaks it visibly. */
#define MODEL_MAGIC        "\x89PCML\r\n\x1a"
#define MODEL_MAGIC_LENGTH 8

enum {
    MODEL_FORMAT = 1,
    MODEL_ALIGNMENT = 8,
    MODEL_HEADER_LENGTH = 32,
    MODEL_ENTRY_LENGTH = 24, /* of the section table */
    MODEL_CHECKSUM_LENGTH = 4,
    MODEL_FILE_MAX_LENGTH = 64 << 20,
    MODEL_TEXT_LENGTH = 32, /* of a name or unit, with at least one NUL */
    MODEL_HEAD_LENGTH = 2 * MODEL_TEXT_LENGTH + 24,
    MODEL_HEAD_FLAGS = 2 * MODEL_TEXT_LENGTH,       /* where a head has them */
    MODEL_HEAD_CALIBRATIONS = MODEL_HEAD_FLAGS + 8, /* and the number of its scores */
    MODEL_FEATURE_LENGTH = 2 * MODEL_TEXT_LENGTH + 40,
};

/* Section types. A reader skips a type it does not know when the optional bit is set. */
enum { MODEL_SECTION_PHYSICS = 1, MODEL_SECTION_PROVENANCE = 2, MODEL_SECTION_HEAD = 3 };
#define MODEL_SECTION_OPTIONAL UINT32_C(0x80000000)

/* Flags of a head. The second belongs to its calibration. */
#define MODEL_HEAD_LOG_RESIDUAL UINT32_C(1)
#define MODEL_HEAD_PER_DOUBT    UINT32_C(2)

enum { MODEL_IDENTITY, MODEL_LOG, MODEL_TRANSFORM_COUNT };

/* Where the logarithm of a quantity that may be zero is cut: a microsecond, far under a byte. */
#define MODEL_LOG_FLOOR 1e-6

static inline double model_transform(uint32_t transform, double value)
{
    return transform == MODEL_LOG ? log(fmax(value, MODEL_LOG_FLOOR)) : value;
}

static inline size_t model_align(size_t offset)
{
    return (offset + MODEL_ALIGNMENT - 1) / MODEL_ALIGNMENT * MODEL_ALIGNMENT;
}

#endif
