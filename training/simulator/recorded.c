/* SPDX-License-Identifier: MIT */
#include "recorded.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../decimal.h"
#include "simulation.h"
#include "workload.h"

static const double small = 1 << 20; /* bytes left that are as good as none */
static const double far = 0.1;       /* |log ratio| at which an error counts half of the most */

static bool number(const char *text, double *value)
{
    return text != NULL && decimal_parse(text, strlen(text), value);
}

static bool parse(char *line, struct recorded *recorded)
{
    double *fields[] = {&recorded->ram,      &recorded->low,   &recorded->high,
                        &recorded->limit,    &recorded->stop,  &recorded->total,
                        &recorded->downtime, &recorded->bytes, &recorded->switched};
    char *workload, *left;

    line[strcspn(line, "\n")] = '\0';
    workload = strsep(&line, "\t");
    if (strlen(workload) >= RECORDED_TEXT)
        return false;
    strcpy(recorded->workload, workload);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (!number(strsep(&line, "\t"), fields[i]) || !(*fields[i] >= 0))
            return false;
    if (!(recorded->total > 0) || !(recorded->downtime > 0) || !(recorded->bytes > 0))
        return false;
    recorded->boundaries = 0;
    while (line != NULL && *line != '\0' && recorded->boundaries < RECORDED_BOUNDARIES) {
        left = strsep(&line, ",");
        if (!number(left, &recorded->left[recorded->boundaries++]))
            return false;
    }
    return true;
}

long recorded_read(FILE *stream, struct recorded **all, size_t *count)
{
    size_t room = 0, size = 0;
    char *line = NULL;
    long result = 0;

    *all = NULL;
    *count = 0;
    while (result == 0 && getline(&line, &size, stream) >= 0) {
        if (*count == room) {
            struct recorded *more;

            room = room > 0 ? 2 * room : 64;
            more = reallocarray(*all, room, sizeof(*more));
            if (more == NULL) {
                result = -ENOMEM;
                break;
            }
            *all = more;
        }
        (*count)++;
        if (!parse(line, &(*all)[*count - 1]))
            result = (long)*count;
    }
    free(line);
    return result;
}

struct series {
    size_t count;
    double left[RECORDED_BOUNDARIES];
};

static void keep(const struct simulation_event *event, void *opaque)
{
    struct series *series = opaque;

    if (event->kind == SIMULATION_PASS && event->pass > 1 && series->count < RECORDED_BOUNDARIES)
        series->left[series->count++] = event->pending * SCENARIO_PAGE;
}

static double bounded(double simulated, double recorded)
{
    double error = fabs(log(simulated / recorded));

    return error / (error + far);
}

static double distance_of_series(const struct recorded *recorded, const struct series *series)
{
    size_t count = fmin(recorded->boundaries, series->count);
    double sum = 0.0;

    for (size_t i = 0; i < count; i++)
        sum += bounded(fmax(series->left[i], small), fmax(recorded->left[i], small));
    return count > 0 ? sum / count : 0.0;
}

double recorded_distance(const struct recorded *recorded, const struct parameters *parameters)
{
    struct series series = {0};
    struct simulation_observer observer = {.event = keep, .opaque = &series};
    struct simulation_result result;
    struct scenario scenario;

    scenario_init(&scenario);
    parameters_apply(parameters, &scenario);
    if (workload_apply_with(parameters, recorded->workload, recorded->ram, &scenario) != NULL)
        return INFINITY;
    scenario.guest.expected = true;
    scenario.link.low = recorded->low;
    scenario.link.high = recorded->high;
    scenario.sender.limit = recorded->limit;
    scenario.overhead.sigma = scenario.overhead.tail_share = 0;
    scenario.control.stop_least = scenario.control.stop_most = recorded->stop;
    if (simulate(&scenario, 1, 1, &observer, &result) != 0 || isnan(result.downtime))
        return INFINITY;
    return bounded(result.total, recorded->total) + bounded(result.downtime, recorded->downtime) +
           bounded(result.transferred, recorded->bytes) + distance_of_series(recorded, &series);
}
