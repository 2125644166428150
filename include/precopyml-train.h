/* SPDX-License-Identifier: MIT */
/*
 * precopyml-train: fits models for libprecopyml to recorded migrations and measures how good they
 * are.
 *
 *     precopyml_train_dataset *data = NULL;
 *     struct precopyml_train_options options = PRECOPYML_TRAIN_OPTIONS_INIT;
 *     void *model = NULL;
 *     size_t length = 0;
 *
 *     options.predictor = "knn";
 *     if (precopyml_train_dataset_load_path("runs.csv", &data) == 0 &&
 *         precopyml_train_model(data, &options, &model, &length) == 0)
 *         write_to_a_file(model, length);       // for precopyml_model_load_path()
 *     else
 *         puts(precopyml_train_error_message());
 *     free(model);
 *     precopyml_train_dataset_free(&data);
 *
 * Conventions are those of precopyml.h: 0 or a negative errno value, SI units, sized structs,
 * nothing printed, no global state changed, the locale never used. The same data, options and seed
 * give the same bytes.
 *
 * Cross-validation fits on several threads, which block all signals and have ended when the call
 * returns; no result depends on their number. Functions of the caller's, for progress and notes,
 * are called on the caller's thread.
 *
 * Licence: this library's own files are MIT, but it links to GSL, so a program that links to it is
 * under GPL-3. What a hypervisor links, libprecopyml, does not use GSL.
 *
 * GSL reports errors through one handler of the whole process, whose default aborts. This library
 * leaves the handler as it is and checks everything before it calls GSL, so that no data set can
 * reach it; only memory running out inside GSL can. A program that would rather see -ENOMEM then
 * calls gsl_set_error_handler_off() in its main().
 *
 * libsvm, which trains svr and bagged-svr, prints on stdout through one function of the whole
 * process. The first such training sets that to one of this library that prints nothing, and leaves
 * it. What cannot be helped: libsvm crashes where it gets no memory, and says on stderr when it
 * gives up on a training.
 */
#ifndef PRECOPYML_TRAIN_H
#define PRECOPYML_TRAIN_H

#include <precopyml.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong in this thread's last failed call of this library; as precopyml_error_message().
 */
PRECOPYML_API const char *precopyml_train_error_message(void);

/* ---- Data sets ---------------------------------------------------------------------------------
 */

/*
 * Boundaries of recorded migrations: features, and the targets that were observed.
 * Thread-safety: immutable after load; any number of threads may use one at the same time.
 */
typedef struct precopyml_train_dataset precopyml_train_dataset;

/*
 * Reads CSV: a header line, then one line a boundary. Columns, in any order: `migration` (text,
 * the same for all boundaries of one migration), features by their catalogue name, targets by name
 * in seconds, `downtime_source` (text, how the targets were measured); any other is ignored. An
 * empty cell is unknown; numbers use a point, whatever the locale. Path "-" is standard input.
 * Errors: -EBADMSG (the message names file, line and column), -ENOMEM, or what open and read say.
 */
PRECOPYML_API int precopyml_train_dataset_load_path(const char *path,
                                                    precopyml_train_dataset **dataset);
/* The same from memory; `name` stands for the file in messages. */
PRECOPYML_API int precopyml_train_dataset_load_memory(const void *data, size_t length,
                                                      const char *name,
                                                      precopyml_train_dataset **dataset);

/* Frees *dataset and sets it NULL; NULL is allowed. */
PRECOPYML_API void precopyml_train_dataset_free(precopyml_train_dataset **dataset);

/* What a data set holds. */
struct precopyml_train_dataset_info {
    size_t size;
    const char *name; /* lives as long as the data set */
    size_t rows;
    size_t migrations;
    uint64_t features; /* bit i: there is a column for feature i */
    uint64_t targets;  /* bit i: there is a column for target i */
    uint64_t hash;     /* FNV-1a, 64 bits, of the values read; not of how they were written */
};
#define PRECOPYML_TRAIN_DATASET_INFO_INIT                                                          \
    {                                                                                              \
        sizeof(struct precopyml_train_dataset_info), NULL, 0, 0, 0, 0, 0                           \
    }

/* 0 or -EINVAL. */
PRECOPYML_API int precopyml_train_dataset_info(const precopyml_train_dataset *dataset,
                                               struct precopyml_train_dataset_info *info);

/* ---- Training ----------------------------------------------------------------------------------
 */

/* What a predictor is fitted to. */
enum precopyml_train_mode {
    PRECOPYML_TRAIN_AUTO,        /* whichever of the two cross-validates better */
    PRECOPYML_TRAIN_PLAIN,       /* the target itself, in seconds */
    PRECOPYML_TRAIN_LOG_RESIDUAL /* log(observed / physics) */
};

/*
 * `done` of `total` steps, each of them one fit or so. Called on the caller's thread, whatever the
 * number of threads that fit, with `done` one higher every time; `total` changes when it turns out
 * that more or less is to be done.
 */
typedef void (*precopyml_train_progress_fn)(size_t done, size_t total, void *opaque);

struct precopyml_train_options {
    size_t size;
    const char *predictor;       /* name of a trainer, "auto", "auto:NAME,..."; required */
    uint32_t targets;            /* bit i: target i; one head of the model each */
    uint32_t mode;               /* enum precopyml_train_mode */
    const uint32_t *features;    /* ids of enum precopyml_feature, or NULL: the default set */
    size_t feature_count;        /* 0 with NULL */
    const char *hyperparameters; /* "k=7,weighting=distance"; NULL or left out: chosen by CV.
                                    NULL with "auto" */
    const char *downtime_source; /* only rows of this source; NULL: refuse a mixture */
    uint64_t seed;               /* of folds and random trainers; the low 32 bits count */
    uint32_t folds;              /* of the cross-validation; at most one a migration is used */
    uint32_t reserved;           /* 0 */
    precopyml_train_progress_fn progress; /* NULL: silent */
    void *progress_opaque;
    precopyml_log_fn log; /* notes: rows left out, features dropped; NULL: silent */
    void *log_opaque;
    uint32_t threads; /* that fit at a time, up to 1024; 0: one a processor. Changes no result */
    uint32_t reserved_threads; /* 0 */
};
#define PRECOPYML_TRAIN_OPTIONS_INIT                                                               \
    {                                                                                              \
        sizeof(struct precopyml_train_options), NULL, 1u << PRECOPYML_TARGET_DOWNTIME,             \
            PRECOPYML_TRAIN_AUTO, NULL, 0, NULL, NULL, 1, 5, 0, NULL, NULL, NULL, NULL, 0, 0       \
    }

/*
 * Fits a model and returns its file's bytes, which the caller frees with free(). Mode and
 * hyper-parameters that are left open are chosen by cross-validation in folds of whole migrations;
 * the least mean of |log(forecast / observed)| wins, and every score is in the model's provenance.
 * The physics overhead is the median of what it lacks, on the rows of the first target. Calibration
 * stays empty: bounds need migrations that a policy really stopped.
 *
 * The predictor "auto" lets all trainers compete, "auto:linear,knn" only these and physics, for
 * each target by itself. Each forecasts every row in nested cross-validation on the same folds:
 * mode and hyper-parameters are chosen anew inside each fold, so that a large grid is no advantage.
 * A learned predictor is picked only when its score is below that of physics beyond chance: the
 * interval of the difference, row by row and from 4000 resamplings of the migrations, lies below
 * zero. The intervals hold with 95 % for all learned predictors at once, each by itself with more.
 * Of those that are better the least score wins; when none is, physics is kept. What cannot be
 * fitted is left out. The log says which, the provenance (member "auto" of the target) has every
 * score, every interval, and by how much the runner-up was beaten.
 *
 * Errors: -EINVAL an option is out of range; -ENOTSUP no such trainer; -EBADMSG the data lack a
 * column, a cell that is needed is empty, or sources of downtime are mixed (the message names file,
 * line and column); -ENODATA no row has the target, or too few migrations to choose; -ERANGE the
 * targets are too large to fit; -E2BIG; -ENOMEM. *model is NULL then. Thread-safety: any thread.
 */
PRECOPYML_API int precopyml_train_model(const precopyml_train_dataset *dataset,
                                        const struct precopyml_train_options *options, void **model,
                                        size_t *length);

/* ---- Evaluation --------------------------------------------------------------------------------
 */

/* How good forecasts are; errors are forecast - observed, "relative" is |error| / observed. */
enum precopyml_train_metric {
    PRECOPYML_TRAIN_MAE,          /* s, mean |error| */
    PRECOPYML_TRAIN_RMSE,         /* s */
    PRECOPYML_TRAIN_MAPE,         /* 1, mean relative error */
    PRECOPYML_TRAIN_MEDIAN_APE,   /* 1 */
    PRECOPYML_TRAIN_P90_APE,      /* 1, 90th percentile */
    PRECOPYML_TRAIN_P95_APE,      /* 1 */
    PRECOPYML_TRAIN_R2,           /* 1, share of the variance explained */
    PRECOPYML_TRAIN_LOG_ERROR,    /* 1, mean |log(forecast / observed)|, what training minimises */
    PRECOPYML_TRAIN_LONG_MEDIAN,  /* s, median |error| of rows of 200 ms or more */
    PRECOPYML_TRAIN_LONG_P90,     /* s */
    PRECOPYML_TRAIN_SHORT_MEDIAN, /* s, of rows under 200 ms */
    PRECOPYML_TRAIN_SHORT_P90,    /* s */
    PRECOPYML_TRAIN_LOG_VS_PHYSICS,    /* 1, log error minus that of physics on the same rows */
    PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS, /* 1, median relative error minus that of physics */
    PRECOPYML_TRAIN_LONG_MEDIAN_APE,   /* 1, median relative error of rows of 200 ms or more */
    PRECOPYML_TRAIN_LONG_P90_APE,      /* 1 */
    PRECOPYML_TRAIN_METRIC_COUNT
};

/* "mae", "median_ape"; NULL for any other id. Thread-safety: any thread. */
PRECOPYML_API const char *precopyml_train_metric_name(enum precopyml_train_metric metric);

/* Whose forecasts a score is of. */
enum precopyml_train_contender {
    PRECOPYML_TRAIN_PREDICTOR, /* trained on the other folds, hyper-parameters chosen there too */
    PRECOPYML_TRAIN_MODEL,     /* the model given */
    /*
     * "qemu" (expected_downtime), "naive" (remaining / bandwidth of the last half second + 45 ms),
     * "physics" built in, "constant" (the median of the other folds)
     */
    PRECOPYML_TRAIN_REFERENCE
};

/* A figure and its bootstrap interval; NaN where there is none. */
struct precopyml_train_interval {
    double value;
    double lower;
    double upper;
};

/* One contender's score. Written by the library and only ever longer. */
struct precopyml_train_score {
    const char *name;
    uint32_t contender; /* enum precopyml_train_contender */
    uint32_t reserved;
    size_t rows;       /* rows it had a forecast for */
    size_t long_rows;  /* of these, observed 200 ms or more */
    size_t migrations; /* they come from */
    size_t refused;    /* rows it refused to forecast, where a session goes on; scored as physics */
    struct precopyml_train_interval metric[PRECOPYML_TRAIN_METRIC_COUNT];
};

struct precopyml_train_evaluate_options {
    size_t size;
    uint32_t target;               /* enum precopyml_target */
    uint32_t mode;                 /* enum precopyml_train_mode, of the predictors */
    precopyml_model *model;        /* score this model on all rows instead of predictors; or NULL */
    const char *const *predictors; /* names of trainers; NULL with 0: all */
    size_t predictor_count;
    const uint32_t *features; /* as in precopyml_train_options */
    size_t feature_count;
    const char *downtime_source; /* as in precopyml_train_options */
    uint64_t seed;               /* of folds, trainers and resampling */
    uint32_t folds;
    uint32_t draws;    /* resamplings of the migrations; 0: no intervals */
    double confidence; /* of the intervals, in (0,1) */
    precopyml_train_progress_fn progress;
    void *progress_opaque;
    precopyml_log_fn log;
    void *log_opaque;
    uint32_t threads;  /* as in precopyml_train_options */
    uint32_t reserved; /* 0 */
};
#define PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT                                                      \
    {                                                                                              \
        sizeof(struct precopyml_train_evaluate_options), PRECOPYML_TARGET_DOWNTIME,                \
            PRECOPYML_TRAIN_AUTO, NULL, NULL, 0, NULL, 0, NULL, 1, 5, 1000, 0.95, NULL, NULL,      \
            NULL, NULL, 0, 0                                                                       \
    }

/*
 * The scores of one evaluation.
 * Thread-safety: immutable; any number of threads.
 */
typedef struct precopyml_train_report precopyml_train_report;

/*
 * Cross-validates predictors in folds of whole migrations (or scores one model), beside the
 * references. Intervals are percentiles over resamplings of the migrations, the same for every
 * contender. Of several predictors one that cannot be fitted is left out, with a note. Errors: as
 * precopyml_train_model(), and -ENOENT: the model has no such target.
 */
PRECOPYML_API int precopyml_train_evaluate(const precopyml_train_dataset *dataset,
                                           const struct precopyml_train_evaluate_options *options,
                                           precopyml_train_report **report);

/* Score number i, in the order evaluated; NULL past the last. Lives as long as the report. */
PRECOPYML_API const struct precopyml_train_score *
precopyml_train_report_score(const precopyml_train_report *report, size_t i);

/* Frees *report and sets it NULL; NULL is allowed. */
PRECOPYML_API void precopyml_train_report_free(precopyml_train_report **report);

/* ---- Selection of features ---------------------------------------------------------------------
 */

/* A one-way analysis of variance. What the groups do not determine is NaN. */
struct precopyml_train_anova {
    size_t size;
    double df_between; /* degrees of freedom: groups - 1 */
    double df_within;  /* values - groups */
    double f;          /* variance between groups over that within; infinite without the latter */
    double p;          /* odds of such an F when all groups have one mean */
    double eta2;       /* 0 to 1, share of the variance that lies between the groups */
};
#define PRECOPYML_TRAIN_ANOVA_INIT                                                                 \
    {                                                                                              \
        sizeof(struct precopyml_train_anova), 0, 0, 0, 0, 0                                        \
    }

/*
 * Compares the means of groups; `group` has each value's, a number below `count`.
 * Errors: -EINVAL a NULL, a value that is not finite, a group too high; -ENOMEM.
 * Thread-safety: any thread.
 */
PRECOPYML_API int precopyml_train_anova(const double *value, const uint32_t *group, size_t count,
                                        struct precopyml_train_anova *anova);

/* Why a feature is in the chosen set, or is not. */
enum precopyml_train_reason {
    PRECOPYML_TRAIN_CHOSEN,          /* among the fewest that do as well as the best number */
    PRECOPYML_TRAIN_GIVEN,           /* part of the question: rounds_left */
    PRECOPYML_TRAIN_UNKNOWN,         /* not known in every row */
    PRECOPYML_TRAIN_CONSTANT,        /* the same in every row */
    PRECOPYML_TRAIN_NOT_SIGNIFICANT, /* nor gain: neither test tells it from chance */
    PRECOPYML_TRAIN_REDUNDANT,       /* says the same as one that ranks higher */
    PRECOPYML_TRAIN_NO_GAIN,         /* without it the forecast is as good, within chance */
    PRECOPYML_TRAIN_REASON_COUNT
};

/* "chosen", "not significant"; NULL for any other id. Thread-safety: any thread. */
PRECOPYML_API const char *precopyml_train_reason_name(enum precopyml_train_reason reason);

/* One feature that was considered. Written by the library and only ever longer. NaN: not computed.
 */
struct precopyml_train_candidate {
    uint32_t feature; /* enum precopyml_feature */
    uint32_t reason;  /* enum precopyml_train_reason */
    uint32_t stands;  /* the feature that ranks highest of those that say the same; may be itself */
    uint32_t rank;    /* 1: the strongest, by the mean of its places in eta2, V and r2; 0: none */
    uint32_t step;    /* of the forward selection in which it was the best; 0: none */
    uint32_t reserved;
    size_t unknown;                     /* rows in which it is not known */
    struct precopyml_train_anova anova; /* of log(target) between classes of the feature */
    double anova_p;                     /* its p by Holm's correction, over all tests made */
    double chi2;                        /* of classes of the feature and of the target */
    double chi2_df;
    double chi2_p;
    double chi2_p_corrected;
    double cramers_v; /* 0 to 1 */
    double r2;        /* of a line: scaled as for training, against log(target) */
    double rho;       /* Spearman's, with the target */
    double score;     /* mean |log(forecast / observed)| with it, when it was last tried */
    struct precopyml_train_interval gain; /* score with it minus without, in its step */
};

struct precopyml_train_select_options {
    size_t size;
    uint32_t target;          /* enum precopyml_target */
    uint32_t mode;            /* enum precopyml_train_mode, of the forward selection */
    const uint32_t *features; /* candidates; NULL with 0: all that the data set has */
    size_t feature_count;
    const char *downtime_source; /* as in precopyml_train_options */
    const char *predictor;       /* that the forward selection fits; a trainer, not "auto" */
    const char *hyperparameters; /* of it; what is left out is chosen once, on all survivors */
    uint32_t bins;               /* classes of a feature and of the target, 2 to 100 */
    uint32_t most;               /* steps of the forward selection */
    double alpha;                /* of tests and intervals, in (0,1) */
    double redundant;            /* |rho| from which on two features say the same, in (0,1] */
    size_t rows; /* for the forward selection, whole migrations drawn up to so many; 0: all */
    uint64_t seed;
    uint32_t folds;
    uint32_t threads; /* as in precopyml_train_options */
    precopyml_train_progress_fn progress;
    void *progress_opaque;
    precopyml_log_fn log;
    void *log_opaque;
};
#define PRECOPYML_TRAIN_SELECT_OPTIONS_INIT                                                        \
    {                                                                                              \
        sizeof(struct precopyml_train_select_options), PRECOPYML_TARGET_DOWNTIME,                  \
            PRECOPYML_TRAIN_PLAIN, NULL, 0, NULL, "knn", NULL, 5, 10, 0.05, 0.95, 2000, 1, 5, 0,   \
            NULL, NULL, NULL, NULL                                                                 \
    }

/* About a selection as a whole. Written by the library and only ever longer. */
struct precopyml_train_selection_info {
    size_t candidates;
    size_t rows;         /* with the target */
    size_t tested;       /* of these, in tests and R2: one a migration, drawn at random */
    size_t forward_rows; /* in the forward selection */
    double r2_all;       /* of all candidates together, those unknown or constant apart */
    double r2_chosen;    /* of the chosen ones together */
    double score_before; /* mean |log(forecast / observed)| with what is given and no more */
    double score;        /* with the chosen ones */
    const char *mode;    /* of the forward selection, as chosen: "plain" or "log-residual" */
};

/*
 * A finished selection.
 * Thread-safety: immutable; any number of threads.
 */
typedef struct precopyml_train_selection precopyml_train_selection;

/*
 * Says which features tell a target. Each is tested by itself, on one row a migration so that the
 * tests' rows are independent; of those that say the same the one that ranks highest stays; then
 * they are added one by one, always the one with the least cross-validated error in folds of whole
 * migrations, and the fewest are kept that are no worse than the best number of them beyond chance
 * (resampled migrations). A feature that is not significant by itself is tried too: it may matter
 * together with others. docs/feature-selection.md has the details. Errors: as
 * precopyml_train_model().
 * Thread-safety: any thread.
 */
PRECOPYML_API int precopyml_train_select(const precopyml_train_dataset *dataset,
                                         const struct precopyml_train_select_options *options,
                                         precopyml_train_selection **selection);

/*
 * Candidate number i, in the order of the catalogue or as given; NULL past the last. Lives as long
 * as the selection.
 */
PRECOPYML_API const struct precopyml_train_candidate *
precopyml_train_selection_candidate(const precopyml_train_selection *selection, size_t i);

/* Lives as long as the selection. */
PRECOPYML_API const struct precopyml_train_selection_info *
precopyml_train_selection_info(const precopyml_train_selection *selection);

/* Frees *selection and sets it NULL; NULL is allowed. */
PRECOPYML_API void precopyml_train_selection_free(precopyml_train_selection **selection);

/* ---- Calibration -------------------------------------------------------------------------------
 */

#define PRECOPYML_TRAIN_WINDOW_MOST 10000

struct precopyml_train_calibration {
    size_t size;
    uint32_t target;   /* enum precopyml_target */
    uint32_t window;   /* only the latest so many scores, at most WINDOW_MOST; 0: all */
    double gamma;      /* how fast bounds follow a drift, 0 to 1; 0: scores have no order */
    const char *note;  /* JSON object, for provenance.calibration; or NULL */
    uint64_t reserved; /* 0 */
};
#define PRECOPYML_TRAIN_CALIBRATION_INIT                                                           \
    {                                                                                              \
        sizeof(struct precopyml_train_calibration), PRECOPYML_TARGET_DOWNTIME, 0, 0.0, NULL, 0     \
    }

/*
 * Gives a model file new bounds and nothing else: the same forecasts, bit for bit. `scores` are
 * precopyml_outcome.score of finished migrations, one each, oldest first; they replace all the
 * model had, and its bounds widen with the doubt from then on. `options` may be NULL. *data is
 * malloc's. docs/calibration.md says which scores may count and what gamma does. Errors: -EINVAL an
 * option out of range or a score that is not finite, -ENOENT the model has no such target, -EFBIG,
 * -ENOMEM, or what precopyml_model_load_memory() says of the model.
 */
PRECOPYML_API int precopyml_train_calibrate(const void *model, size_t length, const double *scores,
                                            size_t count,
                                            const struct precopyml_train_calibration *options,
                                            void **data, size_t *data_length);

/* ---- For the author of a predictor: its training half ------------------------------------------
 */

/*
 * A hyper-parameter. One that the caller leaves out is chosen among `grid` by cross-validation; a
 * grid of one value is a default. The value of a choice is the index of its word.
 */
struct precopyml_trainer_option {
    const char *name; /* NULL ends the array */
    const char *meaning;
    uint32_t integer; /* 1: whole numbers only */
    uint32_t reserved;
    double min; /* range, both ends allowed */
    double max;
    const char *const *choices; /* words, ended by NULL, instead of a number; or NULL */
    const double *grid;
    size_t grid_count; /* at least 1 */
};

/* What to fit: numbers only, as the model will see them at run time. All finite. */
struct precopyml_trainer_task {
    size_t size;
    size_t rows; /* at least 1 */
    size_t feature_count;
    const double *x;       /* rows x feature_count, transformed and scaled */
    const double *y;       /* what predict is to return */
    const uint32_t *group; /* migration of each row; rows of one belong together */
    const double *option;  /* one value an option, in the order of the ops' options */
    uint64_t seed;         /* the only source of randomness allowed */
};

/* The fitted predictor. Comes in empty. */
struct precopyml_trainer_result {
    size_t size;
    void *payload; /* from malloc; the library frees it, also when fit fails. What load() reads */
    size_t length;
    char note[128]; /* for people, about this fit: "did not converge"; or empty */
};

/* Flags. */
#define PRECOPYML_TRAINER_PHYSICS 0x1u /* no mode, no features: physics and its overhead */

struct precopyml_trainer_ops {
    size_t size;         /* PRECOPYML_TRAINER_OPS_INIT */
    const char *name;    /* that of the precopyml_predictor_ops it trains, registered too */
    const char *summary; /* one line */
    uint32_t flags;      /* PRECOPYML_TRAINER_* */
    uint32_t reserved;
    const struct precopyml_trainer_option *options; /* at most 8, ended by name NULL; or NULL */

    /*
     * Same task, same bytes, whatever the locale; prints nothing and leaves locale and rand() as
     * they are. Fewer rows than it needs: -ENODATA; targets too large to compute with: -ERANGE. 0,
     * these, -ENOMEM or -EINVAL.
     * Thread-safety: called by any number of threads at the same time, also within one training.
     */
    int (*fit)(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result);
};
#define PRECOPYML_TRAINER_OPS_INIT sizeof(struct precopyml_trainer_ops)

/*
 * Adds a trainer for the rest of the process; `ops` must stay valid. -EINVAL malformed, -EEXIST the
 * name is taken, -ENOSPC over 32 of them. Thread-safety: any thread.
 */
PRECOPYML_API int precopyml_trainer_register(const struct precopyml_trainer_ops *ops);

/* Trainer number i, built in or registered; NULL past the last. Thread-safety: any thread. */
PRECOPYML_API const struct precopyml_trainer_ops *precopyml_trainer_at(size_t i);

#ifdef __cplusplus
}
#endif

#endif
