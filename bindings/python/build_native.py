# SPDX-License-Identifier: MIT
"""Describes the extension `precopyml._native` to cffi, in API mode: the compiler checks it against the headers.

setup.py builds it against `pkg-config precopyml`; Meson runs this file for the C source and compiles that itself:

    python3 build_native.py OUTPUT.c
"""
import os
import shlex
import subprocess
import sys

import cffi

HERE = os.path.dirname(os.path.abspath(__file__))

DECLARATIONS = """
typedef ... precopyml_model;
typedef ... precopyml_session;

const char *precopyml_version(void);
const char *precopyml_error_message(void);

enum precopyml_stat { PRECOPYML_STAT_COUNT, ... };
enum precopyml_feature { PRECOPYML_FEATURE_COUNT, ... };
enum precopyml_target { PRECOPYML_TARGET_COUNT, ... };
enum precopyml_verdict { PRECOPYML_CONTINUE, PRECOPYML_STOP, PRECOPYML_THROTTLE, PRECOPYML_HOPELESS, ... };
enum precopyml_log_level { PRECOPYML_LOG_DEBUG, PRECOPYML_LOG_INFO, PRECOPYML_LOG_WARNING, ... };
#define PRECOPYML_FLAG_EXTRAPOLATING ...
#define PRECOPYML_FLAG_UNCALIBRATED ...
#define PRECOPYML_FLAG_ATTACHED_LATE ...
static const double PRECOPYML_PAPER_DOWNTIME_LIMIT;

struct precopyml_stats { size_t size; uint64_t known; double value[...]; ...; };
struct precopyml_features { size_t size; uint64_t known; double value[...]; ...; };
struct precopyml_description {
    size_t size; const char *name, *unit, *meaning, *source, *paper; ...;
};
struct precopyml_model_info {
    size_t size; const char *predictor; const uint32_t *features; size_t feature_count; uint32_t log_residual;
    uint32_t calibration_count; double overhead; const char *provenance; uint64_t fingerprint; uint32_t per_doubt; ...;
};
struct precopyml_session_options {
    size_t size; const char *policy; double downtime_limit, hard_max, deadline, kappa, sigma, confidence, throttle_max;
    uint32_t stop_when_met; void (*log)(enum precopyml_log_level, const char *, void *); void *log_opaque; ...;
};
struct precopyml_decision {
    size_t size; uint32_t verdict, reason, advice, flags, boundary, iteration;
    double downtime, downtime_lower, downtime_upper, downtime_next, downtime_floor, total_time, throttle;
    double doubt; ...;
};
struct precopyml_outcome {
    size_t size; uint64_t model; const char *policy; double downtime, forecast, upper, score, downtime_limit, confidence;
    uint32_t reason, flags, boundary, missed, usable; double doubt; ...;
};

int precopyml_stats_set(struct precopyml_stats *, enum precopyml_stat, double);
int precopyml_stat_describe(enum precopyml_stat, struct precopyml_description *);
int precopyml_features_set(struct precopyml_features *, enum precopyml_feature, double);
double precopyml_features_get(const struct precopyml_features *, enum precopyml_feature);
int precopyml_feature_describe(enum precopyml_feature, struct precopyml_description *);
const char *precopyml_target_name(enum precopyml_target);

int precopyml_model_load_memory(const void *, size_t, precopyml_model **);
int precopyml_model_load_fd(int, precopyml_model **);
int precopyml_model_load_path(const char *, precopyml_model **);
int precopyml_model_builtin(precopyml_model **);
void precopyml_model_unref(precopyml_model **);
int precopyml_model_info(const precopyml_model *, enum precopyml_target, struct precopyml_model_info *);
int precopyml_model_bounds(const precopyml_model *, enum precopyml_target, double, double *, double *);

int precopyml_session_create(precopyml_model *, const struct precopyml_session_options *, precopyml_session **);
void precopyml_session_destroy(precopyml_session **);
int precopyml_session_observe(precopyml_session *, const struct precopyml_stats *);
int precopyml_session_features(const precopyml_session *, struct precopyml_features *);
int precopyml_should_stop(precopyml_session *, const struct precopyml_features *, struct precopyml_decision *);
int precopyml_session_outcome(const precopyml_session *, double, const struct precopyml_decision *,
                              struct precopyml_outcome *);

const char *precopyml_verdict_name(uint32_t);
const char *precopyml_reason_name(uint32_t);
const char *precopyml_advice_name(uint32_t);
const char *precopyml_policy_name(size_t);
const char *precopyml_policy_summary(size_t);
const char *precopyml_predictor_name(size_t);
const char *precopyml_predictor_summary(size_t);

struct row_column { const char *data; ptrdiff_t stride; uint32_t feature; ...; };
struct row_results { double *value, *lower, *upper, *spread, *doubt; uint8_t *extrapolating; int32_t *error; };
int rows_predict(const precopyml_model *, uint32_t, const struct row_column *, size_t, size_t, double,
                 const struct row_results *);
struct precopyml_session_options session_options_init(void);

extern "Python" void native_log(enum precopyml_log_level, const char *, void *);
"""


def pkg_config(flag):
    """Words of pkg-config's answer, without what stands before them (-I, -L, -l)."""
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), flag, "precopyml"]
    return [word[2:] for word in shlex.split(subprocess.check_output(command, text=True))]


def make(**build):
    """`build`: what the compiler has to be told, where cffi has it run."""
    builder = cffi.FFI()
    builder.cdef(DECLARATIONS)
    builder.set_source("precopyml._native", '#include <precopyml.h>\n#include "rows.h"\n', **build)
    return builder


def installed():
    """For setup.py: against the library that pkg-config finds."""
    return make(sources=["rows.c"], include_dirs=[HERE, *pkg_config("--cflags-only-I")],
                library_dirs=pkg_config("--libs-only-L"), libraries=pkg_config("--libs-only-l"))


if __name__ == "__main__":
    make().emit_c_code(sys.argv[1])
