/* SPDX-License-Identifier: MIT */
/*
 * precopyml: decides when a live VM migration should stop copying memory and switch over.
 *
 * A front-end (QEMU, libvirt, a migrator of your own) shows a session the hypervisor's counters as
 * often as it likes and asks one question at every iteration:
 *
 *     precopyml_model *model = NULL;
 *     precopyml_session *session = NULL;
 *     struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
 *     struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
 *
 *     precopyml_model_builtin(&model);                    // or precopyml_model_load_path()
 *     precopyml_session_create(model, &options, &session);
 *     while (migration_is_running()) {
 *         struct precopyml_stats stats = PRECOPYML_STATS_INIT;
 *         precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, seconds_now());
 *         precopyml_stats_set(&stats, PRECOPYML_STAT_SYNC_COUNT, dirty_sync_count);
 *         precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, bytes_remaining);
 *         precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, bytes_transferred);
 *         if (precopyml_session_observe(session, &stats) == 1 &&        // 1: a boundary
 *             precopyml_should_stop(session, NULL, &decision) == 0 &&
 *             decision.verdict == PRECOPYML_STOP)
 *             switch_over();
 *     }
 *
 * Conventions, everywhere:
 *   - Functions return 0 (or a documented positive number) or a negative errno value. Whatever
 *     happens, a decision's verdict is PRECOPYML_CONTINUE unless the call returned 0: on an error
 *     give the hypervisor its own rule back. No non-finite number ever stops a guest.
 *   - Units are bytes, bytes per second and seconds unless a name says otherwise.
 *   - Structs that a caller fills begin with `size_t size`, set by their _INIT macro. A shorter
 *     struct (an older caller) is accepted: what it lacks is unknown, or has its default. A longer
 *     one (a newer caller) is accepted while the part this library does not know is zero, else
 *     -E2BIG.
 *   - Nothing is printed and no global state of the process is changed: not the locale, the
 *     floating-point environment, errno (in the hot calls) or the random numbers.
 *
 * Words: an iteration is one pass over the pages that were dirty at its start. A boundary is the
 * moment right after a dirty-bitmap sync; only there is `remaining` the set of pages that are
 * really dirty. Switchover is stopping the guest and sending the rest; downtime lasts from the
 * guest's stop on the source until it runs on the destination.
 */
#ifndef PRECOPYML_H
#define PRECOPYML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PRECOPYML_VERSION_MAJOR 0
#define PRECOPYML_VERSION_MINOR 1
#define PRECOPYML_VERSION_PATCH 0

#if defined(__GNUC__) || defined(__clang__)
#define PRECOPYML_API __attribute__((visibility("default")))
#else
#define PRECOPYML_API
#endif

/*
 * An immutable, reference-counted model.
 * Thread-safety: any number of threads and sessions may use one model at the same time.
 */
typedef struct precopyml_model precopyml_model;

/*
 * What is known of one migration, and the policy that decides it.
 * Thread-safety: one thread at a time; different sessions are independent.
 */
typedef struct precopyml_session precopyml_session;

/* "0.1.0", of the library that is loaded. Thread-safety: any thread. */
PRECOPYML_API const char *precopyml_version(void);

/*
 * What went wrong in this thread's last failed call that is not a hot call (observe, should_stop
 * and predict never write it). Never NULL; the text is for people and may change between releases.
 * Valid until the thread's next failing call. Thread-safety: each thread has its own.
 */
PRECOPYML_API const char *precopyml_error_message(void);

/* ---- Counters: what a hypervisor reports ------------------------------------------------------
 */

/*
 * One id a counter. precopyml_stat_describe() gives name, unit and QEMU's field for each. All are
 * optional but TIME and REMAINING: without these a snapshot tells nothing and is ignored.
 */
enum precopyml_stat {
    PRECOPYML_STAT_TIME,              /* s, any origin, never falls */
    PRECOPYML_STAT_ACTIVE,            /* 1 while pre-copy runs, else 0; unknown counts as 1 */
    PRECOPYML_STAT_BOUNDARY,          /* 1: taken right after a dirty-bitmap sync (exact caller) */
    PRECOPYML_STAT_SYNC_TIME,         /* s, when the latest sync was made, TIME's clock */
    PRECOPYML_STAT_SYNC_COUNT,        /* dirty-bitmap syncs so far; may start at any number */
    PRECOPYML_STAT_ELAPSED,           /* s since the migration started */
    PRECOPYML_STAT_MEMORY_TOTAL,      /* bytes of guest memory */
    PRECOPYML_STAT_REMAINING,         /* bytes of guest memory still to send */
    PRECOPYML_STAT_TRANSFERRED,       /* bytes sent so far, on the wire */
    PRECOPYML_STAT_PAGE_SIZE,         /* bytes; unknown counts as 4096 */
    PRECOPYML_STAT_ZERO_PAGES,        /* pages sent as "all zero" so far */
    PRECOPYML_STAT_NORMAL_PAGES,      /* pages sent with their contents so far */
    PRECOPYML_STAT_DIRTY_RATE,        /* pages/s, the hypervisor's figure; often stale */
    PRECOPYML_STAT_BANDWIDTH,         /* bytes/s, the hypervisor's latest short sample */
    PRECOPYML_STAT_PAGES_PER_SECOND,  /* pages/s, the hypervisor's latest short sample */
    PRECOPYML_STAT_EXPECTED_DOWNTIME, /* s, the hypervisor's own forecast */
    PRECOPYML_STAT_DOWNTIME_LIMIT,    /* s, the hypervisor's limit as set now */
    PRECOPYML_STAT_RATE_CAP,          /* bytes/s, a cap that is lifted at switchover; 0: none */
    PRECOPYML_STAT_SWITCHOVER_BANDWIDTH, /* bytes/s promised for switchover; 0: not configured */
    PRECOPYML_STAT_THROTTLE,             /* percent of vCPU time taken away, 0 to 100 */
    PRECOPYML_STAT_VCPUS,                /* number of vCPUs */
    PRECOPYML_STAT_OTHER_PENDING,        /* bytes of device and disk state still to send */
    PRECOPYML_STAT_COUNT
};

/* One snapshot of the counters. Fill it with precopyml_stats_set(). */
struct precopyml_stats {
    size_t size;
    uint64_t known; /* bit i set: value[i] is known */
    double value[PRECOPYML_STAT_COUNT];
};
#define PRECOPYML_STATS_INIT                                                                       \
    {                                                                                              \
        sizeof(struct precopyml_stats), 0,                                                         \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/*
 * Sets one counter. A value that is not finite makes the counter unknown. 0, or -EINVAL for an id
 * that the struct or this library does not have. Thread-safety: any thread, its own struct.
 */
PRECOPYML_API int precopyml_stats_set(struct precopyml_stats *stats, enum precopyml_stat id,
                                      double value);

/* Name, unit and meaning of a counter or a feature; strings live as long as the library. */
struct precopyml_description {
    size_t size;
    const char *name;
    const char *unit;
    const char *meaning;
    const char *source; /* field of QEMU's query-migrate (counters), counters used (features) */
    const char *paper;  /* the paper's symbol, or NULL */
};
#define PRECOPYML_DESCRIPTION_INIT                                                                 \
    {                                                                                              \
        sizeof(struct precopyml_description), NULL, NULL, NULL, NULL, NULL                         \
    }

/* 0, or -EINVAL for an unknown id or a malformed struct. Thread-safety: any thread. */
PRECOPYML_API int precopyml_stat_describe(enum precopyml_stat id,
                                          struct precopyml_description *description);

/* ---- Features: what a predictor sees -----------------------------------------------------------
 */

/*
 * One id a feature; docs/features.md and precopyml_feature_describe() give unit, meaning and
 * source. The PAPER ones are equations (1) to (3) of the paper exactly as printed, in its units;
 * all others are in SI units. New features are only ever added at the end.
 */
enum precopyml_feature {
    PRECOPYML_FEATURE_MEMORY_TOTAL,
    PRECOPYML_FEATURE_REMAINING,
    PRECOPYML_FEATURE_REMAINING_BOUNDARY,
    PRECOPYML_FEATURE_UNSENT,
    PRECOPYML_FEATURE_PAGE_DIRTY_RATE,
    PRECOPYML_FEATURE_DIRTY_RATE_REPORTED,
    PRECOPYML_FEATURE_PAGE_TRANSFER_RATE,
    PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH,
    PRECOPYML_FEATURE_BANDWIDTH_RECENT,
    PRECOPYML_FEATURE_BANDWIDTH_PEAK,
    PRECOPYML_FEATURE_BANDWIDTH_SPREAD,
    PRECOPYML_FEATURE_WORKING_SET_SIZE,
    PRECOPYML_FEATURE_WRITE_RATE,
    PRECOPYML_FEATURE_BYTES_SENT,
    PRECOPYML_FEATURE_ITERATION,
    PRECOPYML_FEATURE_ELAPSED,
    PRECOPYML_FEATURE_ROUND_LENGTH,
    PRECOPYML_FEATURE_ROUND_BYTES,
    PRECOPYML_FEATURE_LAMBDA,
    PRECOPYML_FEATURE_LAMBDA_TREND,
    PRECOPYML_FEATURE_REMAINING_MIN,
    PRECOPYML_FEATURE_ZERO_SHARE,
    PRECOPYML_FEATURE_ZERO_SHARE_FIRST,
    PRECOPYML_FEATURE_WIRE_RATIO,
    PRECOPYML_FEATURE_RESENT_WIRE_SHARE,
    PRECOPYML_FEATURE_RATE_CAP,
    PRECOPYML_FEATURE_THROTTLE,
    PRECOPYML_FEATURE_VCPUS,
    PRECOPYML_FEATURE_DOWNTIME_LIMIT,
    PRECOPYML_FEATURE_EXPECTED_DOWNTIME,
    PRECOPYML_FEATURE_OTHER_PENDING,
    PRECOPYML_FEATURE_PAPER_VM_SIZE,
    PRECOPYML_FEATURE_PAPER_PAGE_DIRTY_RATE,
    PRECOPYML_FEATURE_PAPER_WORKING_SET_SIZE,
    PRECOPYML_FEATURE_PAPER_BANDWIDTH,
    PRECOPYML_FEATURE_ROUNDS_LEFT,
    PRECOPYML_FEATURE_NON_WORKING_SET_SIZE,
    PRECOPYML_FEATURE_RELATIVE_DIRTY_RATE,
    PRECOPYML_FEATURE_WORKING_SET_WIRE,
    PRECOPYML_FEATURE_NON_WORKING_SET_WIRE,
    PRECOPYML_FEATURE_BANDWIDTH_MEAN,
    PRECOPYML_FEATURE_ROUND_WIRE_SHARE,
    PRECOPYML_FEATURE_COUNT
};

/* The features of one boundary. */
struct precopyml_features {
    size_t size;
    uint64_t known; /* bit i set: value[i] is known */
    double value[PRECOPYML_FEATURE_COUNT];
};
#define PRECOPYML_FEATURES_INIT                                                                    \
    {                                                                                              \
        sizeof(struct precopyml_features), 0,                                                      \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* As precopyml_stats_set(). */
PRECOPYML_API int precopyml_features_set(struct precopyml_features *features,
                                         enum precopyml_feature id, double value);

/* The value, or NaN when it is unknown or the id is not one. Thread-safety: any thread. */
PRECOPYML_API double precopyml_features_get(const struct precopyml_features *features,
                                            enum precopyml_feature id);

/* As precopyml_stat_describe(). */
PRECOPYML_API int precopyml_feature_describe(enum precopyml_feature id,
                                             struct precopyml_description *description);

/* The id of a name, or -ENOENT. Thread-safety: any thread. */
PRECOPYML_API int precopyml_feature_find(const char *name);

/* ---- Models ------------------------------------------------------------------------------------
 */

/* What a model can forecast, in seconds, from the features of a boundary. */
enum precopyml_target {
    PRECOPYML_TARGET_DOWNTIME,      /* downtime if the guest is stopped at this boundary */
    PRECOPYML_TARGET_DOWNTIME_NEXT, /* downtime if it is stopped at the next one */
    /* From this boundary to the migration's end, stopped after feature rounds_left rounds more. */
    PRECOPYML_TARGET_REMAINING_TIME,
    PRECOPYML_TARGET_COUNT
};

/* "downtime", "downtime_next", "remaining_time"; NULL for any other id. Thread-safety: any thread.
 */
PRECOPYML_API const char *precopyml_target_name(enum precopyml_target target);

/*
 * Load a model file (docs/model-format.md). On success *model holds one reference. `fd` is read
 * from its present position to its end and stays open. Errors: -EBADMSG malformed, truncated or
 * damaged; -ENOTSUP a newer format, an unknown predictor, or an unknown section that is not
 * optional; -EPROTO a feature or target this library does not know, or one in another unit; -EFBIG
 * over 64 MiB; -EINVAL a NULL argument; -ENOMEM; or what open and read say. *model is NULL then and
 * precopyml_error_message() tells what and where.
 */
PRECOPYML_API int precopyml_model_load_memory(const void *data, size_t length,
                                              precopyml_model **model);
PRECOPYML_API int precopyml_model_load_fd(int fd, precopyml_model **model);
PRECOPYML_API int precopyml_model_load_path(const char *path, precopyml_model **model);

/*
 * Physics with its measured overhead, without any file. 0, -EINVAL for NULL, -ENOTSUP built without
 * the predictor "physics", -ENOMEM; *model is NULL then.
 */
PRECOPYML_API int precopyml_model_builtin(precopyml_model **model);

/* One more reference to the same model; returns its argument. */
PRECOPYML_API precopyml_model *precopyml_model_ref(precopyml_model *model);

/* Gives back *model's reference and sets it NULL; NULL is allowed. Sessions hold their own. */
PRECOPYML_API void precopyml_model_unref(precopyml_model **model);

/* What a model holds for one target. Strings and arrays live as long as the model. */
struct precopyml_model_info {
    size_t size;
    const char *predictor;    /* its name, or NULL: nothing for this target */
    const uint32_t *features; /* ids of enum precopyml_feature, in the model's order */
    size_t feature_count;
    uint32_t log_residual;      /* 1: forecasts log(observed / physics), 0: the value itself */
    uint32_t calibration_count; /* migrations behind the bounds; 0: bounds are unknown */
    double overhead;            /* s, of the physics the model is built on, over 100 MiB/s */
    const char *provenance;     /* JSON text: data hash, tool version, seed, scores */
    uint64_t fingerprint; /* of all that forecasts come from: the same after a recalibration */
    uint32_t per_doubt;   /* 1: bounds widen with precopyml_estimate.doubt; 0: one factor for all */
    uint32_t reserved;    /* 0 */
};
#define PRECOPYML_MODEL_INFO_INIT                                                                  \
    {                                                                                              \
        sizeof(struct precopyml_model_info), NULL, NULL, 0, 0, 0, 0.0, NULL, 0, 0, 0               \
    }

/* 0, or -EINVAL for NULL, an unknown target or a malformed struct. Thread-safety: any thread. */
PRECOPYML_API int precopyml_model_info(const precopyml_model *model, enum precopyml_target target,
                                       struct precopyml_model_info *info);

/* ---- Forecasts ---------------------------------------------------------------------------------
 */

/* A forecast in seconds; NaN stands for unknown. */
struct precopyml_estimate {
    size_t size;
    double value;
    double lower; /* at the confidence asked for; NaN while the model is not calibrated for it, and
                     where it extrapolates: no score says how far it is off out there */
    double upper;
    double spread; /* the predictor's own disagreement (bags, neighbours), seconds to one standard
                      deviation above; no bound; may be NaN */
    uint32_t extrapolating; /* 1: an input lies outside what the model was trained on */
    uint32_t reserved;      /* 0 */
    double doubt; /* how uncertain it is, as far as the features show; about 0.1 for a calm guest,
                     2 for one that clears its memory (docs/calibration.md) */
};
#define PRECOPYML_ESTIMATE_INIT                                                                    \
    {                                                                                              \
        sizeof(struct precopyml_estimate), 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0                           \
    }

/*
 * Forecasts one target from features. `confidence` in (0,1), or 0 for no bounds. `scratch` is
 * precopyml_model_scratch_size() bytes, aligned as malloc aligns, one a thread. Where an input lies
 * outside the training range the forecast is never under physics, where physics is known. Free of
 * allocation, locks and I/O. Errors: -EINVAL; -E2BIG; -ENOENT no such target in the model; -EPROTO
 * a feature the model needs is unknown; -ERANGE the result was not a finite, non-negative number.
 * Thread-safety: any thread, its own scratch.
 */
PRECOPYML_API int precopyml_model_predict(const precopyml_model *model,
                                          enum precopyml_target target,
                                          const struct precopyml_features *features,
                                          double confidence, void *scratch,
                                          struct precopyml_estimate *estimate);
PRECOPYML_API size_t precopyml_model_scratch_size(const precopyml_model *model);

/*
 * What the bounds are, over the forecast, where its doubt is 1: a bound is forecast x factor to the
 * power of precopyml_estimate.doubt. Where precopyml_model_info.per_doubt is 0, it is forecast x
 * factor. Each is one-sided at `confidence` in (0,1). NaN: too few migrations stand behind the
 * model for that confidence. 0, or -EINVAL with both NaN. Thread-safety: any thread.
 */
PRECOPYML_API int precopyml_model_bounds(const precopyml_model *model, enum precopyml_target target,
                                         double confidence, double *lower, double *upper);

/* ---- Sessions ----------------------------------------------------------------------------------
 */

enum precopyml_log_level { PRECOPYML_LOG_DEBUG, PRECOPYML_LOG_INFO, PRECOPYML_LOG_WARNING };

/* Called on the session's thread; `message` is constant text without a newline. */
typedef void (*precopyml_log_fn)(enum precopyml_log_level level, const char *message, void *opaque);

/* The paper's threshold for the predicted downtime, 0.05 ms: below anything QEMU can measure. */
#define PRECOPYML_PAPER_DOWNTIME_LIMIT 0.00005

struct precopyml_session_options {
    size_t size;
    const char *policy;     /* NULL: "optimal"; also "threshold", "slo" */
    double downtime_limit;  /* s; 0: none. A constraint; the trigger of threshold and slo. Held
                               against the upper bound (optimal: where it is known; threshold:
                               against the forecast) */
    double hard_max;        /* s; 0: none. Never stop while the forecast is above it */
    double deadline;        /* s after the start; 0: none. Stop at the first boundary from then on,
                               if hard_max allows */
    double kappa;           /* seconds of migrating that one second of downtime is worth */
    double sigma;           /* seconds of migrating that one lost guest second is worth */
    double confidence;      /* of the bounds, in (0,1); 0: no bounds wanted (not with slo) */
    double throttle_max;    /* percent of vCPU time that may be taken away to meet
                               downtime_limit and hard_max; 0: none, 99 at most */
    uint32_t stop_when_met; /* 1: with "optimal", stop as soon as the limit is met */
    uint32_t reserved;      /* 0 */
    precopyml_log_fn log;   /* NULL: silent */
    void *log_opaque;
};
#define PRECOPYML_SESSION_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(struct precopyml_session_options), NULL, 0, 0, 0, 10.0, 0, 0, 0, 0, 0, NULL, NULL   \
    }

/*
 * Begins to follow one migration; `options` may be NULL. All memory the session will ever need is
 * taken here. Errors: -EINVAL a value out of range (the message names it), -ENOTSUP unknown policy,
 * -E2BIG, -ENOMEM.
 */
PRECOPYML_API int precopyml_session_create(precopyml_model *model,
                                           const struct precopyml_session_options *options,
                                           precopyml_session **session);

/* Frees *session and sets it NULL; NULL is allowed. */
PRECOPYML_API void precopyml_session_destroy(precopyml_session **session);

/*
 * Shows the session one snapshot, at any rate. It finds the boundaries itself.
 * Returns 1 when this snapshot is the first after a new boundary, or corrects what was seen of the
 * latest, taken while the sync was made (ask should_stop now), 0 when not, -EINVAL for a malformed
 * struct, -E2BIG. A snapshot without time or remaining, or out of order, is ignored: 0. The sync
 * that begins the first pass is no boundary. Where counters can be read while a sync is being made
 * (QEMU's cannot), one that is counted, but has not found anything yet, looks like a guest at rest:
 * keep such snapshots back. Hot call: no allocation, lock, I/O or locale; errno and floating-point
 * environment stay as they were; microseconds.
 */
PRECOPYML_API int precopyml_session_observe(precopyml_session *session,
                                            const struct precopyml_stats *stats);

/*
 * The features of the latest boundary: 0; -EAGAIN before the first one, when only what is already
 * known is set; -EINVAL for NULL or a malformed struct. Hot call.
 */
PRECOPYML_API int precopyml_session_features(const precopyml_session *session,
                                             struct precopyml_features *features);

enum precopyml_verdict {
    PRECOPYML_CONTINUE,
    PRECOPYML_STOP,
    PRECOPYML_THROTTLE, /* take decision.throttle percent of vCPU time away, then go on */
    PRECOPYML_HOPELESS  /* no allowed action meets hard_max; see decision.advice */
};

enum precopyml_reason {
    PRECOPYML_REASON_NONE,
    PRECOPYML_REASON_NO_BOUNDARY,    /* CONTINUE: the first pass is not over */
    PRECOPYML_REASON_UNKNOWN_INPUT,  /* CONTINUE: a needed feature is unknown; fail safe */
    PRECOPYML_REASON_NOT_FINITE,     /* CONTINUE: a forecast was not a finite number; fail safe */
    PRECOPYML_REASON_ABOVE_LIMIT,    /* CONTINUE: the forecast is above the limit */
    PRECOPYML_REASON_BOUND_UNKNOWN,  /* CONTINUE: slo needs a calibrated bound, there is none */
    PRECOPYML_REASON_ABOVE_HARD_MAX, /* CONTINUE: the forecast is above the hard maximum */
    PRECOPYML_REASON_PAYS,           /* CONTINUE: another iteration is expected to pay */
    PRECOPYML_REASON_BANDWIDTH_DROP, /* CONTINUE: the link has just become much slower */
    PRECOPYML_REASON_LIMIT_MET,      /* STOP: the forecast, or its upper bound, is in the limit */
    PRECOPYML_REASON_NO_GAIN,        /* STOP: another iteration is not expected to pay */
    PRECOPYML_REASON_DEADLINE,       /* STOP: the deadline has come */
    PRECOPYML_REASON_EMPTY,          /* STOP: nothing remains */
    PRECOPYML_REASON_THROTTLE_PAYS,  /* THROTTLE */
    PRECOPYML_REASON_FLOOR_ABOVE_MAX /* HOPELESS: the floor's lower bound is above hard_max */
};

enum precopyml_advice { PRECOPYML_ADVICE_NONE, PRECOPYML_ADVICE_POSTCOPY, PRECOPYML_ADVICE_ABORT };

/* Decision flags. */
#define PRECOPYML_FLAG_EXTRAPOLATING                                                               \
    0x1u /* inputs outside the training range; forecast >= physics */
#define PRECOPYML_FLAG_UNCALIBRATED 0x2u /* a bound was asked for and is not known */
#define PRECOPYML_FLAG_ATTACHED_LATE                                                               \
    0x4u /* the first pass was not seen; iteration is the raw count */

/* The answer. Filled by the library; seconds; NaN stands for unknown. */
struct precopyml_decision {
    size_t size;
    uint32_t verdict;   /* enum precopyml_verdict */
    uint32_t reason;    /* enum precopyml_reason */
    uint32_t advice;    /* enum precopyml_advice */
    uint32_t flags;     /* PRECOPYML_FLAG_* */
    uint32_t boundary;  /* number of the boundary decided at, 1: after the first pass, 0: none */
    uint32_t iteration; /* sync count minus the first seen plus 1; raw when attached late */
    double downtime;    /* forecast of stopping now */
    double downtime_lower;
    double downtime_upper;
    double downtime_next;  /* forecast of stopping at the next boundary */
    double downtime_floor; /* the least that more iterations could reach */
    double total_time;     /* of the whole migration, when stopped now */
    double throttle;       /* percent; only with THROTTLE */
    double doubt;          /* of the forecast: precopyml_estimate.doubt */
};
#define PRECOPYML_DECISION_INIT                                                                    \
    {                                                                                              \
        sizeof(struct precopyml_decision), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                \
    }

/*
 * The question asked at each iteration. `features` may be the caller's own (its unknown ones stay
 * unknown) or NULL for the session's. Returns 0, or -EINVAL, -E2BIG, -EAGAIN (no boundary yet),
 * -ENOENT (the model forecasts no downtime), -EPROTO (a needed feature is unknown), -ERANGE (not
 * finite); the verdict is CONTINUE with any of these and decision->reason says why. Hot call, as
 * observe.
 */
PRECOPYML_API int precopyml_should_stop(precopyml_session *session,
                                        const struct precopyml_features *features,
                                        struct precopyml_decision *decision);

/*
 * How a migration that the session stopped came out: what the bounds are made from. Filled by the
 * library; seconds; NaN stands for unknown. `precopyml recalibrate` turns stored ones into a model
 * with new bounds (docs/calibration.md).
 */
struct precopyml_outcome {
    size_t size;
    uint64_t model;                    /* precopyml_model_info.fingerprint */
    const char *policy;                /* a constant */
    double downtime;                   /* as observed */
    double forecast;                   /* at the stop */
    double upper;                      /* at the stop */
    double score;                      /* log(downtime / forecast) / doubt */
    double downtime_limit, confidence; /* the session's options; 0: none */
    uint32_t reason, flags, boundary;  /* of the stop */
    uint32_t missed;                   /* 1: the downtime was above a bound that was known */
    uint32_t usable; /* 1: counts for calibration; 0: the stop was extrapolated, or a deadline's */
    uint32_t reserved; /* 0 */
    double doubt;      /* at the stop */
};
#define PRECOPYML_OUTCOME_INIT                                                                     \
    {                                                                                              \
        sizeof(struct precopyml_outcome), 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0           \
    }

/*
 * Feeds back how a finished migration came out: `downtime` is what was observed, in seconds, above
 * 0, always measured in one and the same way. `stop` is the decision that the guest was stopped by,
 * or NULL for the latest STOP that the session gave; a struct of before it had a doubt must be that
 * one. Whether it was obeyed only the caller knows: a guest that the hypervisor stopped by its own
 * rule has no outcome. The model stays as it is (it is immutable and shared); the caller stores
 * *outcome, for this library does no I/O. May be called more than once. 0, -EINVAL (a malformed
 * struct, a downtime or a stop that cannot be), -EAGAIN (the session has not said STOP); *outcome
 * is left as it was then. Hot call, as observe.
 */
PRECOPYML_API int precopyml_session_outcome(const precopyml_session *session, double downtime,
                                            const struct precopyml_decision *stop,
                                            struct precopyml_outcome *outcome);

/* "STOP", "no-gain", "postcopy": constant names; "?" for an unknown value. Thread-safety: any. */
PRECOPYML_API const char *precopyml_verdict_name(uint32_t verdict);
PRECOPYML_API const char *precopyml_reason_name(uint32_t reason);
PRECOPYML_API const char *precopyml_advice_name(uint32_t advice);

/* Policy number i and what it does; NULL past the last. Thread-safety: any thread. */
PRECOPYML_API const char *precopyml_policy_name(size_t i);
PRECOPYML_API const char *precopyml_policy_summary(size_t i);

/*
 * Predictor number i, built in or registered, and what it does; NULL past the last.
 * Thread-safety: any thread.
 */
PRECOPYML_API const char *precopyml_predictor_name(size_t i);
PRECOPYML_API const char *precopyml_predictor_summary(size_t i);

#ifdef __cplusplus
}
#endif

#endif
