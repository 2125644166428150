/* SPDX-License-Identifier: MIT */
#include "data_options.h"

#include <errno.h>
#include <string.h>

#include "command.h"
#include "exit_codes.h"
#include "option_number.h"

static bool take_targets(struct data_options *options, const char *program, char *text)
{
    char *part;

    if (strcmp(text, "all") == 0) {
        options->targets = (1u << PRECOPYML_TARGET_COUNT) - 1;
        return true;
    }
    options->targets = 0;
    while ((part = strsep(&text, ",")) != NULL) {
        int target = 0;

        while (target < PRECOPYML_TARGET_COUNT &&
               strcmp(part, precopyml_target_name((enum precopyml_target)target)) != 0)
            target++;
        if (target == PRECOPYML_TARGET_COUNT) {
            complain(program, "no target '%s'; there are downtime, downtime_next, remaining_time",
                     part);
            return false;
        }
        options->targets |= 1u << target;
    }
    return true;
}

static bool take_features(struct data_options *options, const char *program, char *text)
{
    char *part;

    options->feature_count = 0;
    while ((part = strsep(&text, ",")) != NULL) {
        int id = precopyml_feature_find(part);

        if (id < 0) {
            complain(program, "no feature '%s'; 'precopyml features --list' has them", part);
            return false;
        }
        for (size_t i = 0; i < options->feature_count; i++) {
            if (options->features[i] == (uint32_t)id) {
                complain(program, "feature '%s' is named twice", part);
                return false;
            }
        }
        options->features[options->feature_count++] = (uint32_t)id;
    }
    return true;
}

static bool take_mode(struct data_options *options, const char *program, const char *text)
{
    static const char *const names[] = {[PRECOPYML_TRAIN_AUTO] = "auto",
                                        [PRECOPYML_TRAIN_PLAIN] = "plain",
                                        [PRECOPYML_TRAIN_LOG_RESIDUAL] = "log-residual"};

    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], text) == 0) {
            options->mode = i;
            return true;
        }
    }
    complain(program, "--mode is '%s', expected auto, plain or log-residual", text);
    return false;
}

bool data_options_take(struct data_options *options, const char *program, int option,
                       char *argument)
{
    double number = 0;
    bool taken;

    switch (option) {
    case DATA_OPTION_DATA: options->path = argument; return true;
    case DATA_OPTION_TARGET: return take_targets(options, program, argument);
    case DATA_OPTION_FEATURES: return take_features(options, program, argument);
    case DATA_OPTION_MODE: return take_mode(options, program, argument);
    case DATA_OPTION_SOURCE: options->source = argument; return true;
    case DATA_OPTION_FOLDS:
        taken = option_whole(program, "folds", argument, 2, 1000, &number);
        options->folds = (uint32_t)number;
        return taken;
    case DATA_OPTION_SEED:
        taken = option_whole(program, "seed", argument, 0, 4294967295.0, &number);
        options->seed = (uint64_t)number;
        return taken;
    case DATA_OPTION_THREADS:
        taken = option_whole(program, "threads", argument, 0, 1024, &number);
        options->threads = (uint32_t)number;
        return taken;
    default: return false;
    }
}

bool data_options_one_target(const struct data_options *options, const char *program,
                             uint32_t *target)
{
    for (*target = 0; *target < PRECOPYML_TARGET_COUNT; ++*target) {
        if (options->targets == 1u << *target)
            return true;
    }
    complain(program, "one target at a time");
    return false;
}

int data_options_load(const struct data_options *options, const char *program,
                      precopyml_train_dataset **dataset)
{
    if (options->path == NULL) {
        complain(program, "no --data FILE.csv given");
        return usage_error(program);
    }
    if (precopyml_train_dataset_load_path(options->path, dataset) == 0)
        return EXIT_OK;
    complain(program, "%s", precopyml_train_error_message());
    return EXIT_BAD_INPUT;
}

int data_failed(const char *program, int error)
{
    complain(program, "%s", precopyml_train_error_message());
    switch (error) {
    case -EINVAL:
    case -ENOTSUP: return usage_error(program);
    case -EBADMSG: return EXIT_BAD_INPUT;
    case -ENODATA: return EXIT_TOO_LITTLE;
    case -ENOENT: return EXIT_BAD_MODEL;
    default: return EXIT_RUNTIME;
    }
}

void data_watch_progress(size_t done, size_t total, void *opaque)
{
    struct data_watch *watch = opaque;

    watch->progress.total = (double)total;
    progress_update(&watch->progress, (double)done);
}

void data_watch_log(enum precopyml_log_level level, const char *message, void *opaque)
{
    struct data_watch *watch = opaque;

    progress_clear(&watch->progress);
    complain(watch->program, "%s: %s", level == PRECOPYML_LOG_WARNING ? "warning" : "note",
             message);
}
