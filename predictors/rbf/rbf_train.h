/* SPDX-License-Identifier: MIT */
/*
 * Trains support vector regressions by libsvm: what the trainers of svr and bagged-svr share.
 *
 * Of libsvm only svm_train() is used, without probabilities. It draws no random numbers and keeps
 * no state between calls, so threads may train at the same time. Three things cannot be had from
 * the outside: where memory runs out inside libsvm, the program crashes; a training that reaches
 * libsvm's limit of iterations (at least ten millions) says so on stderr, whatever the program
 * wants; and a training cannot be interrupted. Scaled outputs and the grids' C keep trainings far
 * below that limit; only a C near its maximum with many rows of noise comes near.
 */
#ifndef RBF_TRAIN_H
#define RBF_TRAIN_H

#include <stdbool.h>

#include <libsvm/svm.h>

#include <precopyml-train.h>

struct bytes_out;

/* The options of both trainers: the members beside the grid, which is each trainer's own. */
#define RBF_OPTION_C                                                                               \
    .name = "C", .meaning = "how much an error costs, against smoothness", .min = 0.01, .max = 1000
#define RBF_OPTION_EPSILON                                                                         \
    .name = "epsilon", .meaning = "errors that cost nothing, in spreads of what is forecast",      \
    .min = 0.001, .max = 10
#define RBF_OPTION_GAMMA                                                                           \
    .name = "gamma", .meaning = "narrowness: exp(-gamma x mean squared difference of features)",   \
    .min = 0.001, .max = 1000

/* The rows of a task as libsvm wants them. */
struct rbf_table {
    size_t rows;
    uint64_t varying;      /* features that are not the same in all rows */
    size_t inputs;         /* of these; the others take no part */
    double centre;         /* of the task's outputs: their median */
    double spread;         /* ... and a robust standard deviation; 0: they are all the same */
    double *y;             /* (output - centre) / spread */
    struct svm_node *node; /* [rows][inputs + 1] */
};

/*
 * 0, -ENOMEM, -ENODATA fewer than two rows, -ERANGE outputs too far apart, -EINVAL too many,
 * or the libsvm at hand is not the one this was built for.
 */
int rbf_table_make(const struct precopyml_trainer_task *task, struct rbf_table *table, char *note,
                   size_t note_length);
void rbf_table_free(struct rbf_table *table);

struct rbf_setting {
    double c;       /* outputs in units of their spread */
    double epsilon; /* half the width of the tube, in the same units */
    double gamma;   /* times the number of inputs */
};

/* How one training went. */
struct rbf_outcome {
    double offset;
    long iterations; /* 0: unknown, as the program has set libsvm's print function meanwhile */
    bool settled;    /* false: libsvm gave up at its limit of iterations */
    const char *complaint; /* with -EINVAL: what libsvm has against the setting */
};

/*
 * Trains on the rows `row[0..rows-1]` of the table, any of them more than once. Adds each one's
 * coefficient to coefficient[its number in the table]. 0, -ENOMEM, -EINVAL.
 */
int rbf_train(const struct rbf_table *table, const struct rbf_setting *setting, const size_t *row,
              size_t rows, double *coefficient, struct rbf_outcome *outcome);

/* The gamma of the model file. */
double rbf_gamma(const struct rbf_table *table, const struct rbf_setting *setting);

/*
 * The expansion of rbf.h, behind what `payload` already holds: the rows that have a coefficient in
 * any of the outputs. offset[outputs], coefficient[outputs][rows]. 0, -ENOMEM, -ERANGE: too large.
 */
int rbf_save(const struct rbf_table *table, const struct rbf_setting *setting, size_t outputs,
             const double *offset, const double *coefficient, struct bytes_out *payload);

#endif
