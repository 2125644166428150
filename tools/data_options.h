/* SPDX-License-Identifier: MIT */
/* What train, evaluate and select share: their data set, the options about it, progress and
 * messages. */
#ifndef DATA_OPTIONS_H
#define DATA_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include <precopyml-train.h>

#include "progress.h"

enum data_option {
    DATA_OPTION_DATA = 0x2000, /* clear of every letter */
    DATA_OPTION_TARGET,
    DATA_OPTION_FEATURES,
    DATA_OPTION_MODE,
    DATA_OPTION_SOURCE,
    DATA_OPTION_FOLDS,
    DATA_OPTION_SEED,
    DATA_OPTION_THREADS,
    DATA_OPTION_END
};

/* Entries for the table of getopt_long(). */
#define DATA_LONG_OPTIONS                                                                          \
    {"data", required_argument, NULL, DATA_OPTION_DATA},                                           \
        {"target", required_argument, NULL, DATA_OPTION_TARGET},                                   \
        {"features", required_argument, NULL, DATA_OPTION_FEATURES},                               \
        {"mode", required_argument, NULL, DATA_OPTION_MODE},                                       \
        {"downtime-source", required_argument, NULL, DATA_OPTION_SOURCE},                          \
        {"folds", required_argument, NULL, DATA_OPTION_FOLDS},                                     \
        {"seed", required_argument, NULL, DATA_OPTION_SEED},                                       \
    {                                                                                              \
        "threads", required_argument, NULL, DATA_OPTION_THREADS                                    \
    }

/* Their part of a help text, but for --target; DATA_HELP_COMMON also lacks --features and --mode.
 */
#define DATA_HELP_COMMON                                                                           \
    "  --data FILE.csv         data set, as 'precopyml dataset' makes it; '-': standard input\n"   \
    "  --downtime-source NAME  only rows measured this way, 'events', 'qemu' or 'libvirt'\n"       \
    "                          (default: all, which must be of one kind)\n"                        \
    "  --folds K               of the cross-validation, whole migrations each, 2 to 1000 (5)\n"    \
    "  --seed N                of folds and random choices (1)\n"                                  \
    "  --threads N             that fit at a time, 0 to 1024 (0: one a processor); changes no\n"   \
    "                          result\n"
#define DATA_HELP                                                                                  \
    "  --features A,B          features by name (default: remaining, switchover_bandwidth,\n"      \
    "                          page_transfer_rate, page_dirty_rate, working_set_size, and for\n"   \
    "                          remaining_time rounds_left; of these those known in every row)\n"   \
    "  --mode MODE             plain: forecast seconds; log-residual: what physics is off by;\n"   \
    "                          auto (default): the better in cross-validation\n" DATA_HELP_COMMON

struct data_options {
    const char *path;
    uint32_t targets; /* bits */
    uint32_t mode;
    uint32_t features[PRECOPYML_FEATURE_COUNT];
    size_t feature_count;
    const char *source; /* NULL: any */
    uint32_t folds;
    uint64_t seed;
    uint32_t threads;
};
#define DATA_OPTIONS_INIT                                                                          \
    {                                                                                              \
        .targets = 1u << PRECOPYML_TARGET_DOWNTIME, .mode = PRECOPYML_TRAIN_AUTO, .folds = 5,      \
        .seed = 1                                                                                  \
    }

static inline bool data_options_is(int option)
{
    return option >= DATA_OPTION_DATA && option < DATA_OPTION_END;
}

/* Takes one option; false after a message when its value makes no sense. */
bool data_options_take(struct data_options *options, const char *program, int option,
                       char *argument);

/* The target, where it is a single one; false after a message. */
bool data_options_one_target(const struct data_options *options, const char *program,
                             uint32_t *target);

/* EXIT_OK, EXIT_USAGE without --data, or EXIT_BAD_INPUT; a message with the last two. */
int data_options_load(const struct data_options *options, const char *program,
                      precopyml_train_dataset **dataset);

/* The exit code for an error of the training library, whose message is printed. */
int data_failed(const char *program, int error);

/* For the library's progress and log functions, with a pointer to one of these as `opaque`. */
struct data_watch {
    const char *program;
    struct progress progress;
};
void data_watch_progress(size_t done, size_t total, void *watch);
void data_watch_log(enum precopyml_log_level level, const char *message, void *watch);

/*
 * Hands them to the library and begins to watch its fits. A macro, for the library has a structure
 * of its own for each of its tasks; these members are alike in all.
 */
#define DATA_OPTIONS_GIVE(data, watch, to)                                                         \
    do {                                                                                           \
        (to)->mode = (data)->mode;                                                                 \
        (to)->features = (data)->feature_count > 0 ? (data)->features : NULL;                      \
        (to)->feature_count = (data)->feature_count;                                               \
        (to)->downtime_source = (data)->source;                                                    \
        (to)->folds = (data)->folds;                                                               \
        (to)->seed = (data)->seed;                                                                 \
        (to)->threads = (data)->threads;                                                           \
        (to)->progress = data_watch_progress;                                                      \
        (to)->log = data_watch_log;                                                                \
        (to)->progress_opaque = (to)->log_opaque = (watch);                                        \
        progress_start(&(watch)->progress, "fits", 0);                                             \
    } while (0)

#endif
