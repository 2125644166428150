/* SPDX-License-Identifier: MIT */
/*
 * Fits the simulator's parameters to recorded migrations on standard input (recorded.h) and prints
 * fitted.inc. Groups of parameters that act together are fitted one after the other, several times,
 * by the Nelder-Mead simplex of GSL: the distance has steps wherever a migration ends a round
 * later.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_multimin.h>
#include <gsl/gsl_statistics_double.h>

#include "recorded.h"

enum { GROUP = 5, SWEEPS = 4, STEPS = 120 };

static const double short_transfer = 0.1; /* s, of bytes, beside which the overhead shows */

/* Parameters, and the first words of the workloads that they are fitted to. */
static const struct group {
    const char *workloads;
    size_t count;
    enum parameter parameter[GROUP];
} groups[] = {
    {"writer",
     4,
     {PARAMETER_PAYLOAD, PARAMETER_BASE, PARAMETER_BASE_PER_GIB, PARAMETER_FULL_SPEED}},
    {"", 3, {PARAMETER_PAGE_TIME, PARAMETER_BACKGROUND_PAGES, PARAMETER_BACKGROUND_RATE}},
    {"sysbench cpu", 3, {PARAMETER_SYSBENCH, PARAMETER_CPU_PAGES, PARAMETER_CPU_RATE}},
    {"sysbench memory", 1, {PARAMETER_MEMORY_RATE}},
    {"stress", 3, {PARAMETER_STRESS, PARAMETER_STRESS_RATE, PARAMETER_WALK_RATE}},
    {"stress",
     5,
     {PARAMETER_ZERO_ONE, PARAMETER_GALPAT, PARAMETER_ALL, PARAMETER_MSCAN, PARAMETER_RAND_SET}},
    {"memtester",
     5,
     {PARAMETER_MEMTESTER_RATE, PARAMETER_MEMTESTER_ZEROS, PARAMETER_MEMTESTER_EARLIER,
      PARAMETER_MEMTESTER_LAST, PARAMETER_MEMTESTER_PERIOD}},
};

struct task {
    const struct group *group;
    const struct recorded *all;
    size_t count;
    struct parameters parameters;
};

static bool concerns(const struct group *group, const struct recorded *recorded)
{
    return strncmp(recorded->workload, group->workloads, strlen(group->workloads)) == 0;
}

/* The simplex moves in logarithms; what leaves the allowed range is held at its end. */
static void set(struct task *task, const gsl_vector *x)
{
    for (size_t i = 0; i < task->group->count; i++) {
        enum parameter parameter = task->group->parameter[i];
        const struct parameter_about *about = parameter_about(parameter);

        task->parameters.value[parameter] =
            fmin(fmax(exp(gsl_vector_get(x, i)), about->low), about->high);
    }
}

/* Mean distance of the group's migrations. */
static double distance(const gsl_vector *x, void *opaque)
{
    struct task *task = opaque;
    double sum = 0.0;
    size_t count = 0;

    set(task, x);
    for (size_t i = 0; i < task->count; i++) {
        double one;

        if (!concerns(task->group, &task->all[i]))
            continue;
        one = recorded_distance(&task->all[i], &task->parameters);
        sum += isfinite(one) ? one : 10; /* no migration is as far */
        count++;
    }
    return count > 0 ? sum / count : 0.0;
}

static int fit_group(struct task *task)
{
    size_t count = task->group->count;
    gsl_multimin_function function = {distance, count, task};
    gsl_multimin_fminimizer *minimizer =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, count);
    gsl_vector *x = gsl_vector_alloc(count), *step = gsl_vector_alloc(count);
    double before;

    if (minimizer == NULL || x == NULL || step == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        gsl_vector_set(x, i, log(task->parameters.value[task->group->parameter[i]]));
    for (size_t i = 0; i < count; i++)
        gsl_vector_set(step, i, task->group->parameter[i] == PARAMETER_PAYLOAD ? 0.01 : 0.25);
    before = distance(x, task);
    gsl_multimin_fminimizer_set(minimizer, &function, x, step);
    for (int i = 0; i < STEPS && gsl_multimin_fminimizer_size(minimizer) > 1e-3; i++)
        if (gsl_multimin_fminimizer_iterate(minimizer) != 0)
            break;
    set(task, gsl_multimin_fminimizer_x(minimizer));
    fprintf(stderr, "%-16s mean distance %.4f -> %.4f\n",
            *task->group->workloads != '\0' ? task->group->workloads : "all", before,
            gsl_multimin_fminimizer_minimum(minimizer));
    gsl_multimin_fminimizer_free(minimizer);
    gsl_vector_free(x);
    gsl_vector_free(step);
    return 0;
}

/*
 * What the bytes sent while the guest stood leave unexplained, where the link's rate is known
 * and they took little time. No simplex: the median and, scaled to a normal distribution's sigma,
 * the median deviation.
 */
static int fit_overhead(struct task *task)
{
    double *values = calloc(task->count, sizeof(*values));
    double *work = calloc(task->count, sizeof(*work));
    double *value = task->parameters.value;
    size_t count = 0;

    for (size_t i = 0; values != NULL && i < task->count; i++) {
        const struct recorded *one = &task->all[i];
        double transfer = one->switched / (one->high * value[PARAMETER_PAYLOAD]);

        if (one->high <= one->low && transfer < short_transfer && one->downtime > transfer)
            values[count++] = log(one->downtime - transfer);
    }
    if (count > 0 && work != NULL) {
        value[PARAMETER_OVERHEAD_SIGMA] = gsl_stats_mad(values, 1, count, work);
        value[PARAMETER_OVERHEAD] = exp(gsl_stats_median(values, 1, count)); /* sorts them */
    }
    free(work);
    free(values);
    return count > 0 && work != NULL ? 0 : -ENOMEM;
}

static void print(const struct parameters *parameters)
{
    puts("/* SPDX-License-Identifier: MIT */\n"
         "/* Written by scripts/fit-simulator; parameters.c says what may be chosen. */");
    for (int i = 0; i < PARAMETERS; i++) {
        const struct parameter_about *about = parameter_about(i);

        printf("[PARAMETER_%s] = %.4g, /* %s%s%s */\n", about->name, parameters->value[i],
               about->unit, *about->unit != '\0' ? ": " : "", about->meaning);
    }
}

int main(void)
{
    struct recorded *all;
    struct task task = {.group = NULL};
    long problem = recorded_read(stdin, &all, &task.count);

    if (problem != 0 || task.count == 0) {
        if (problem > 0)
            fprintf(stderr, "fit_parameters: line %ld is no recorded migration\n", problem);
        else
            fputs("fit_parameters: no recorded migrations, or out of memory\n", stderr);
        free(all);
        return 1;
    }
    task.all = all;
    for (int i = 0; i < PARAMETERS; i++)
        task.parameters.value[i] = parameter_about(i)->start;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        if (fit_overhead(&task) != 0)
            return 1;
        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
            task.group = &groups[i];
            if (fit_group(&task) != 0)
                return 1;
        }
    }
    print(&task.parameters);
    free(all);
    return 0;
}
