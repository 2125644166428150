/* SPDX-License-Identifier: MIT */
#include "calibration.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The level's rank among n scores and the one to come, as libprecopyml/model.c rounds it. */
static double rank_of(double level, size_t n)
{
    return ceil(((double)n + 1.0) * level - 1e-9);
}

static double quantile(const double *sorted, size_t n, double level)
{
    double rank = rank_of(level, n);

    if (rank < 1.0)
        return -DBL_MAX;
    return rank > (double)n ? DBL_MAX : sorted[(size_t)rank - 1];
}

/* The scores before number t that a model would have had, sorted. */
struct window {
    double *sorted;
    size_t n, most;
};

static void forget(struct window *window, double score)
{
    const double *found =
        bsearch(&score, window->sorted, window->n, sizeof *window->sorted, compare);
    size_t at = (size_t)(found - window->sorted);

    window->n--;
    memmove(window->sorted + at, window->sorted + at + 1,
            (window->n - at) * sizeof *window->sorted);
}

static void take(struct window *window, const double *scores, size_t t)
{
    size_t at;

    if (window->n == window->most)
        forget(window, scores[t - window->most]);
    at = window->n;
    while (at > 0 && window->sorted[at - 1] > scores[t]) {
        window->sorted[at] = window->sorted[at - 1];
        at--;
    }
    window->sorted[at] = scores[t];
    window->n++;
}

/* Moves the levels of all ranks by what score number t showed. */
static void learn(double *level, size_t ranks, double gamma, const struct window *window,
                  double score)
{
    for (size_t r = 1; r <= ranks; r++) {
        double target = (double)r / ((double)ranks + 1.0);
        double first = rank_of(target, window->n);
        double missed;

        if (first < 1.0 || first > (double)window->n)
            continue; /* so few scores bound nothing, and that is no lesson */
        missed = score > quantile(window->sorted, window->n, level[r - 1]);
        level[r - 1] += gamma * (missed - (1.0 - target));
    }
}

static void adapt(const double *scores, size_t count, double gamma, struct window *window,
                  double *level, double *stored)
{
    size_t ranks = window->most;

    for (size_t r = 1; r <= ranks; r++)
        level[r - 1] = (double)r / ((double)ranks + 1.0);
    for (size_t t = 0; t < count; t++) {
        learn(level, ranks, gamma, window, scores[t]);
        take(window, scores, t);
    }
    for (size_t r = 0; r < ranks; r++)
        stored[r] = quantile(window->sorted, window->n, level[r]);
    qsort(stored, ranks, sizeof *stored, compare); /* levels of neighbours can cross */
}

size_t calibration_scores(const double *scores, size_t count, size_t window, double gamma,
                          double **stored)
{
    size_t n = window == 0 || window > count ? count : window;
    double *work;

    *stored = NULL;
    if (n == 0)
        return 0;
    *stored = malloc(n * sizeof **stored);
    work = malloc(2 * n * sizeof *work);
    if (!*stored || !work) {
        free(*stored);
        free(work);
        *stored = NULL;
        return 0;
    }
    if (gamma > 0.0) {
        adapt(scores, count, gamma, &(struct window){work, 0, n}, work + n, *stored);
    } else {
        memcpy(*stored, scores + (count - n), n * sizeof **stored);
        qsort(*stored, n, sizeof **stored, compare);
    }
    free(work);
    return n;
}
