/* SPDX-License-Identifier: MIT */
/* Bootstrap aggregation of support vector regressions, a few bags at a time on all processors. */
#include "bagged-svr_train.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "bags.h"
#include "bytes_write.h"
#include "rbf.h"
#include "rbf_train.h"
#include "trainer.h"

extern const struct precopyml_trainer_ops trainer_bagged_svr;

enum { THREADS_MAX = 64 };

static const double bags_default[] = {16};
static const double share_default[] = {0.5};
static const double c_grid[] = {1, 10};
static const double epsilon_default[] = {0.1};
static const double gamma_grid[] = {1, 5};

enum { OPTION_BAGS, OPTION_SHARE, OPTION_C, OPTION_EPSILON, OPTION_GAMMA };

static const struct precopyml_trainer_option options[] = {
    [OPTION_BAGS] = {.name = "bags",
                     .meaning = "regressions, each on a sample of its own",
                     .integer = 1,
                     .min = 1,
                     .max = RBF_OUTPUTS_MAX,
                     .grid = bags_default,
                     .grid_count = 1},
    [OPTION_SHARE] = {.name = "share",
                      .meaning = "migrations drawn for a bag, of all",
                      .min = 0.01,
                      .max = 1,
                      .grid = share_default,
                      .grid_count = 1},
    [OPTION_C] = {RBF_OPTION_C, .grid = c_grid, .grid_count = sizeof c_grid / sizeof c_grid[0]},
    [OPTION_EPSILON] = {RBF_OPTION_EPSILON, .grid = epsilon_default, .grid_count = 1},
    [OPTION_GAMMA] = {RBF_OPTION_GAMMA, .grid = gamma_grid,
                      .grid_count = sizeof gamma_grid / sizeof gamma_grid[0]},
    {.name = NULL},
};

/* What the threads share. Each bag has places of its own, so that nobody's order matters. */
struct work {
    const struct precopyml_trainer_task *task;
    struct rbf_table table;
    struct bags bags;
    struct rbf_setting setting;
    size_t count;        /* of bags */
    double *coefficient; /* [count][rows] */
    double offset[RBF_OUTPUTS_MAX];
    struct rbf_outcome outcome[RBF_OUTPUTS_MAX];
    int error[RBF_OUTPUTS_MAX];
    atomic_size_t next;
};

static void train_bag(struct work *work, size_t i)
{
    struct bag bag;

    work->error[i] = bags_draw(&work->bags, work->task->seed, (uint32_t)i,
                               work->task->option[OPTION_SHARE], &bag);
    if (!work->error[i])
        work->error[i] = rbf_train(&work->table, &work->setting, bag.row, bag.rows,
                                   work->coefficient + i * work->table.rows, &work->outcome[i]);
    work->offset[i] = work->outcome[i].offset;
    free(bag.row);
}

static void *train_bags(void *argument)
{
    struct work *work = argument;
    size_t i;

    while ((i = atomic_fetch_add(&work->next, 1)) < work->count)
        train_bag(work, i);
    return NULL;
}

/*
 * The caller's thread works too; where others cannot be had, alone. Those others take no signals:
 * the program's handlers do not expect them.
 */
static void run_threads(struct work *work, size_t threads)
{
    pthread_t thread[THREADS_MAX];
    size_t started = 0;
    sigset_t all, before;

    if (threads > THREADS_MAX)
        threads = THREADS_MAX;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started + 1 < threads && started + 1 < work->count &&
           pthread_create(&thread[started], NULL, train_bags, work) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    train_bags(work);
    for (size_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

/* The first bag's error, if any; the note says what there is to say. */
static int look_back(const struct work *work, char *note, size_t length)
{
    size_t unsettled = 0;

    for (size_t i = 0; i < work->count; i++) {
        if (work->outcome[i].complaint)
            snprintf(note, length, "libsvm: %s", work->outcome[i].complaint);
        if (work->error[i])
            return work->error[i];
        unsettled += !work->outcome[i].settled;
    }
    if (unsettled > 0)
        snprintf(note, length, "%zu of %zu bags did not converge; try a smaller C", unsettled,
                 work->count);
    return 0;
}

static int save(const struct work *work, struct precopyml_trainer_result *result)
{
    struct bytes_out out = {0};
    int error;

    bytes_put_u32(&out, (uint32_t)work->count);
    bytes_put_u32(&out, 0);
    error =
        rbf_save(&work->table, &work->setting, work->count, work->offset, work->coefficient, &out);
    result->payload = out.data;
    result->length = out.length;
    return error;
}

int bagged_svr_fit(const struct precopyml_trainer_task *task,
                   struct precopyml_trainer_result *result, size_t threads)
{
    struct work work = {.task = task,
                        .setting = {task->option[OPTION_C], task->option[OPTION_EPSILON],
                                    task->option[OPTION_GAMMA]},
                        .count = (size_t)task->option[OPTION_BAGS]};
    int error = rbf_table_make(task, &work.table, result->note, sizeof result->note);

    if (error)
        return error;
    error = bags_make(task, &work.bags);
    if (!error) {
        work.coefficient = calloc(work.count * task->rows, sizeof *work.coefficient);
        error = work.coefficient ? 0 : -ENOMEM;
    }
    if (!error) {
        run_threads(&work, threads);
        error = look_back(&work, result->note, sizeof result->note);
    }
    if (!error)
        error = save(&work, result);
    free(work.coefficient);
    bags_free(&work.bags);
    rbf_table_free(&work.table);
    return error;
}

/* The processors this program may run on. */
static size_t processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    return bagged_svr_fit(task, result, processors());
}

const struct precopyml_trainer_ops trainer_bagged_svr = {
    .size = PRECOPYML_TRAINER_OPS_INIT,
    .name = "bagged-svr",
    .summary = "support vector regressions by libsvm on bags of migrations",
    .options = options,
    .fit = fit,
};
