/* SPDX-License-Identifier: MIT */
/*
 * The bad golden files: each is a good one with a few bytes changed (and, unless damage itself is
 * the point, the checksum made right again), the error it must give and a word of the message.
 */
#ifndef GOLDEN_BAD_H
#define GOLDEN_BAD_H

#include <errno.h>

#include "good.h"

/* What an offset counts from: the file, an entry of the section table, a section. */
enum golden_place {
    IN_FILE,
    IN_ENTRY,   /* + number of the section */
    IN_SECTION, /* + number of the section */
};

struct golden_bad {
    const char *name;
    int error;
    const char *keyword;
    enum golden base;
    enum golden_place place;
    size_t section;
    size_t offset;
    const char *bytes; /* NULL: cut the file to `offset` bytes */
    size_t length;
    int damaged; /* 1: leave the old checksum */
};

#define PATCH(bytes)      bytes, sizeof(bytes) - 1, 0
#define DAMAGE(bytes)     bytes, sizeof(bytes) - 1, 1
#define CUT               NULL, 0, 1
#define NOT_A_NUMBER      "\0\0\0\0\0\0\xf8\x7f"
#define INFINITE          "\0\0\0\0\0\0\xf0\x7f"
#define FEATURE(i)        (MODEL_HEAD_LENGTH + (i)*MODEL_FEATURE_LENGTH)
#define FEATURE_NUMBER(i) (FEATURE(i) + 2 * MODEL_TEXT_LENGTH)

/* Sections of every base: 0 physics, 1 provenance, 2 and on heads. */
static const struct golden_bad golden_bad[] = {
    {"empty", EBADMSG, "truncated", GOLDEN_LINEAR, IN_FILE, 0, 0, CUT},
    {"cut-in-header", EBADMSG, "truncated", GOLDEN_LINEAR, IN_FILE, 0, 20, CUT},
    {"cut-in-head", EBADMSG, "truncated", GOLDEN_LINEAR, IN_FILE, 0, 300, CUT},
    {"magic", EBADMSG, "magic", GOLDEN_LINEAR, IN_FILE, 0, 0, PATCH("?")},
    {"as-text", EBADMSG, "magic", GOLDEN_LINEAR, IN_FILE, 0, 5, PATCH("\n\x1a")},
    {"newer-format", ENOTSUP, "newer", GOLDEN_LINEAR, IN_FILE, 0, 8, PATCH("\2")},
    {"older-format", EBADMSG, "header", GOLDEN_LINEAR, IN_FILE, 0, 8, PATCH("\0")},
    {"header-flags", EBADMSG, "header", GOLDEN_LINEAR, IN_FILE, 0, 12, PATCH("\1")},
    {"header-reserved", EBADMSG, "header", GOLDEN_LINEAR, IN_FILE, 0, 28, PATCH("\1")},
    {"longer-than-stated", EBADMSG, "trailing", GOLDEN_LINEAR, IN_FILE, 0, 16, PATCH("\x40\0")},
    {"damaged", EBADMSG, "checksum", GOLDEN_LINEAR, IN_FILE, 0, 200, DAMAGE("\x55")},
    {"section-count", EBADMSG, "section table", GOLDEN_LINEAR, IN_FILE, 0, 24,
     PATCH("\xff\xff\xff\xff")},
    {"section-unknown", ENOTSUP, "section type", GOLDEN_LINEAR, IN_ENTRY, 1, 0, PATCH("\x07")},
    {"section-reserved", EBADMSG, "entry", GOLDEN_LINEAR, IN_ENTRY, 1, 4, PATCH("\1")},
    {"section-overlap", EBADMSG, "overlaps", GOLDEN_LINEAR, IN_ENTRY, 1, 8, PATCH("\x80")},
    {"section-gap", EBADMSG, "gap", GOLDEN_LINEAR, IN_ENTRY, 1, 8, PATCH("\xa0")},
    {"section-too-long", EBADMSG, "past the end", GOLDEN_LINEAR, IN_ENTRY, 3, 16,
     PATCH("\xff\xff\xff\xff\xff\xff\xff\xff")},
    {"section-padding", EBADMSG, "padding", GOLDEN_LINEAR, IN_SECTION, 2, (size_t)-1, PATCH("x")},
    {"section-after-last", EBADMSG, "after the last", GOLDEN_OPTIONAL, IN_ENTRY, 4, 16,
     PATCH("\x50")},
    {"physics-absent", EBADMSG, "no physics", GOLDEN_LINEAR, IN_ENTRY, 0, 0, PATCH("\1\0\0\x80")},
    {"physics-twice", EBADMSG, "duplicate physics", GOLDEN_LINEAR, IN_ENTRY, 1, 0, PATCH("\1")},
    {"physics-length", EBADMSG, "wrong length", GOLDEN_LINEAR, IN_ENTRY, 0, 16, PATCH("\0")},
    {"overhead-nan", EBADMSG, "finite", GOLDEN_LINEAR, IN_SECTION, 0, 0, PATCH(NOT_A_NUMBER)},
    {"overhead-negative", EBADMSG, "negative", GOLDEN_LINEAR, IN_SECTION, 0, 7, PATCH("\xbf")},
    {"provenance-zero", EBADMSG, "zero byte", GOLDEN_LINEAR, IN_SECTION, 1, 3, PATCH("\0")},
    {"provenance-twice", EBADMSG, "duplicate provenance", GOLDEN_LINEAR, IN_ENTRY, 2, 0,
     PATCH("\2")},
    {"head-text", EBADMSG, "start of a head", GOLDEN_LINEAR, IN_SECTION, 2, 31, PATCH("x")},
    {"head-flags", EBADMSG, "flags", GOLDEN_LINEAR, IN_SECTION, 2, 64, PATCH("\5")},
    {"head-features", EBADMSG, "add up", GOLDEN_LINEAR, IN_SECTION, 2, 68, PATCH("\xff\xff\xff")},
    {"head-calibrations", EBADMSG, "add up", GOLDEN_LINEAR, IN_SECTION, 2, 72,
     PATCH("\xff\xff\xff\xff")},
    {"head-payload", EBADMSG, "add up", GOLDEN_LINEAR, IN_SECTION, 2, 80,
     PATCH("\xff\xff\xff\xff\xff\xff\xff\xff")},
    {"head-twice", EBADMSG, "duplicate head", GOLDEN_LINEAR, IN_SECTION, 3, 0,
     PATCH("downtime\0\0\0\0\0\0")},
    {"head-without-features", EBADMSG, "without features", GOLDEN_PHYSICS, IN_SECTION, 2, 64,
     PATCH("\0")},
    {"target-unknown", EPROTO, "target", GOLDEN_LINEAR, IN_SECTION, 2, 0, PATCH("uptime\0\0")},
    {"predictor-unknown", ENOTSUP, "predictor 'oracle'", GOLDEN_LINEAR, IN_SECTION, 2, 32,
     PATCH("oracle")},
    {"predictor-other", EBADMSG, "payload", GOLDEN_LINEAR, IN_SECTION, 2, 32, PATCH("knn\0\0\0")},
    {"feature-unknown", EPROTO, "unknown feature", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE(0),
     PATCH("x")},
    {"feature-unit", EPROTO, "unit", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE(0) + 32,
     PATCH("KiB\0\0")},
    {"feature-text", EBADMSG, "text", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE(1), PATCH("\0")},
    {"feature-twice", EBADMSG, "duplicate feature", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE(1),
     PATCH("remaining_boundary")},
    {"feature-transform", EBADMSG, "transform", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE_NUMBER(0),
     PATCH("\2")},
    {"feature-centre-nan", EBADMSG, "finite", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE_NUMBER(0) + 8,
     PATCH(NOT_A_NUMBER)},
    {"feature-scale-zero", EBADMSG, "scale", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE_NUMBER(0) + 16,
     PATCH("\0\0\0\0\0\0\0\0")},
    {"feature-least-over-most", EBADMSG, "range", GOLDEN_LINEAR, IN_SECTION, 2,
     FEATURE_NUMBER(0) + 24, PATCH("\0\0\0\0\0\0\xf0\x41")},
    {"feature-most-infinite", EBADMSG, "finite", GOLDEN_LINEAR, IN_SECTION, 2,
     FEATURE_NUMBER(1) + 32, PATCH(INFINITE)},
    {"calibration-nan", EBADMSG, "finite", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE(2) + 64,
     PATCH(NOT_A_NUMBER)},
    {"calibration-unsorted", EBADMSG, "sorted", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE(2) + 8,
     PATCH("\0\0\0\0\0\0\xf0\xbf")},
    {"linear-nan", EBADMSG, "payload", GOLDEN_LINEAR, IN_SECTION, 2, FEATURE(2) + 72,
     PATCH(NOT_A_NUMBER)},
    {"knn-none", EBADMSG, "payload", GOLDEN_KNN, IN_SECTION, 2, FEATURE(2), PATCH("\0")},
    {"knn-over-rows", EBADMSG, "payload", GOLDEN_KNN, IN_SECTION, 2, FEATURE(2), PATCH("\7")},
    {"knn-weighting", EBADMSG, "payload", GOLDEN_KNN, IN_SECTION, 2, FEATURE(2) + 4, PATCH("\2")},
    {"knn-rows", EBADMSG, "payload", GOLDEN_KNN, IN_SECTION, 2, FEATURE(2) + 8,
     PATCH("\6\0\0\0\0\0\0\x20")},
    {"knn-nan", EBADMSG, "payload", GOLDEN_KNN, IN_SECTION, 2, FEATURE(2) + 16,
     PATCH(NOT_A_NUMBER)},
    {"ann-layers", EBADMSG, "payload", GOLDEN_ANN, IN_SECTION, 2, FEATURE(2), PATCH("\5")},
    {"ann-activation", EBADMSG, "payload", GOLDEN_ANN, IN_SECTION, 2, FEATURE(2) + 4, PATCH("\1")},
    {"ann-width", EBADMSG, "payload", GOLDEN_ANN, IN_SECTION, 2, FEATURE(2) + 8, PATCH("\4")},
    {"ann-width-huge", EBADMSG, "payload", GOLDEN_ANN, IN_SECTION, 2, FEATURE(2) + 12,
     PATCH("\xff\xff\xff\xff")},
    {"ann-width-unused", EBADMSG, "payload", GOLDEN_ANN, IN_SECTION, 2, FEATURE(2) + 16,
     PATCH("\1")},
    {"ann-nan", EBADMSG, "payload", GOLDEN_ANN, IN_SECTION, 2, FEATURE(2) + ANN_HEADER_LENGTH,
     PATCH(NOT_A_NUMBER)},
    {"svr-varying", EBADMSG, "payload", GOLDEN_SVR, IN_SECTION, 2, FEATURE(2), PATCH("\7")},
    {"svr-gamma-zero", EBADMSG, "payload", GOLDEN_SVR, IN_SECTION, 2, FEATURE(2) + 8,
     PATCH("\0\0\0\0\0\0\0\0")},
    {"svr-gamma-infinite", EBADMSG, "payload", GOLDEN_SVR, IN_SECTION, 2, FEATURE(2) + 8,
     PATCH(INFINITE)},
    {"svr-vectors", EBADMSG, "payload", GOLDEN_SVR, IN_SECTION, 2, FEATURE(2) + 16,
     PATCH("\3\0\0\0\0\0\0\x20")},
    {"svr-nan", EBADMSG, "payload", GOLDEN_SVR, IN_SECTION, 2, FEATURE(2) + 24,
     PATCH(NOT_A_NUMBER)},
    {"bagged-svr-none", EBADMSG, "payload", GOLDEN_BAGGED_SVR, IN_SECTION, 2, FEATURE(2),
     PATCH("\0")},
    {"bagged-svr-bags", EBADMSG, "payload", GOLDEN_BAGGED_SVR, IN_SECTION, 2, FEATURE(2),
     PATCH("\xff\xff\xff\xff")},
    {"bagged-svr-reserved", EBADMSG, "payload", GOLDEN_BAGGED_SVR, IN_SECTION, 2, FEATURE(2) + 4,
     PATCH("\1")},
};

enum { GOLDEN_BAD_COUNT = sizeof golden_bad / sizeof golden_bad[0] };

#endif
