/* SPDX-License-Identifier: MIT */
/* What the tests of every predictor train it on: kinds of data, with nothing left to choose. */
#ifndef LESSONS_H
#define LESSONS_H

#include "tables.h"

enum kind { FEW, MORE, CONSTANT_FEATURE, CONSTANT_TARGET, KINDS };

static const uint32_t inputs[] = {PRECOPYML_FEATURE_REMAINING,
                                  PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH,
                                  PRECOPYML_FEATURE_THROTTLE};
enum { INPUTS = sizeof inputs / sizeof inputs[0] };

static inline precopyml_train_dataset *make_data(enum kind kind, int migrations)
{
    struct text text;
    uint32_t seed = 11;

    text_begin(&text, "migration,remaining,switchover_bandwidth,throttle,downtime,downtime_source");
    for (int i = 0; i < migrations; i++) {
        double remaining = 1e6 * exp(6 * noise(&seed)), link = 1e8 * (0.5 + noise(&seed));
        double downtime = (0.9 + 0.4 * noise(&seed)) * (remaining / link + 0.02);

        fprintf(text.stream, "m%d,%.17g,%.17g,%d,%.17g,events\n", i, remaining, link,
                kind == CONSTANT_FEATURE ? 20 : i % 7 * 10,
                kind == CONSTANT_TARGET ? 0.25 : downtime);
    }
    return text_load(&text);
}

static inline int migrations_of(enum kind kind)
{
    return kind == FEW ? 24 : 60;
}

/* "k=1,weighting=uniform": the first value of each option's grid. */
static inline const char *first_options(const struct precopyml_trainer_ops *trainer, char *text,
                                        size_t length)
{
    size_t used = 0;

    for (size_t i = 0; trainer->options && trainer->options[i].name; i++) {
        const struct precopyml_trainer_option *option = &trainer->options[i];

        used += (size_t)snprintf(text + used, length - used, "%s%s=", i ? "," : "", option->name);
        if (option->choices)
            used += (size_t)snprintf(text + used, length - used, "%s",
                                     option->choices[(size_t)option->grid[0]]);
        else
            used += (size_t)snprintf(text + used, length - used, "%.17g", option->grid[0]);
        assert_true(used < length);
    }
    return used ? text : NULL;
}

/* The hyper-parameters are text: written before any locale is entered. */
struct lesson {
    precopyml_train_dataset *data;
    struct precopyml_train_options options;
    char hyperparameters[512];
};

static inline void lesson_begin(struct lesson *lesson, const struct precopyml_trainer_ops *trainer,
                                enum kind kind, enum precopyml_train_mode mode, int migrations)
{
    lesson->data = make_data(kind, migrations);
    lesson->options = (struct precopyml_train_options)PRECOPYML_TRAIN_OPTIONS_INIT;
    lesson->options.predictor = trainer->name;
    lesson->options.mode = mode;
    lesson->options.features = inputs;
    lesson->options.feature_count = INPUTS;
    lesson->options.seed = 5;
    lesson->options.hyperparameters =
        first_options(trainer, lesson->hyperparameters, sizeof lesson->hyperparameters);
}

static inline void lesson_end(struct lesson *lesson)
{
    precopyml_train_dataset_free(&lesson->data);
}

#endif
