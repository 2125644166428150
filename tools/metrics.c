/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_codes.h"
#include "number.h"
#include "output.h"
#include "qmp_report.h"

/* So many domains have figures of their own; beyond, the one that has had them longest gives way.
 */
enum { DOMAINS = 256, EXIT_CODES = 30, VERDICTS = PRECOPYML_HOPELESS + 1 };

static const char *const enders[] = {"us", "qemu", "postcopy", "operator", "none"};
enum { ENDERS = sizeof enders / sizeof *enders };

/* The latest migration of a domain; s, NaN: unknown. */
struct domain_figures {
    char name[256];
    double predicted, measured;
};

struct metrics {
    const char *program, *path;
    pthread_mutex_t lock; /* over all that follows */
    bool changed, connected;
    unsigned long connections, running;
    unsigned long decisions[VERDICTS], ended[ENDERS], errors[EXIT_CODES];
    struct domain_figures domains[DOMAINS];
    size_t domain_count, next_domain;
};

struct metrics *metrics_create(const char *program, const char *path)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);

    if (metrics == NULL)
        return NULL;
    metrics->program = program;
    metrics->path = path;
    metrics->changed = true;
    pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* ---- Counting ------------------------------------------------------------------------------- */

void metrics_decision(struct metrics *metrics, const struct precopyml_decision *decision)
{
    if (metrics == NULL || (unsigned)decision->verdict >= VERDICTS)
        return;
    pthread_mutex_lock(&metrics->lock);
    metrics->decisions[decision->verdict]++;
    metrics->changed = true;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_began(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    pthread_mutex_lock(&metrics->lock);
    metrics->running++;
    metrics->changed = true;
    pthread_mutex_unlock(&metrics->lock);
}

static struct domain_figures *figures_of(struct metrics *metrics, const char *name)
{
    const size_t most = sizeof metrics->domains[0].name - 1; /* longer names are cut off */
    size_t i = 0;

    while (i < metrics->domain_count && strncmp(metrics->domains[i].name, name, most) != 0)
        i++;
    if (i == metrics->domain_count) {
        if (i < DOMAINS)
            metrics->domain_count++;
        else
            i = metrics->next_domain++ % DOMAINS;
        snprintf(metrics->domains[i].name, sizeof metrics->domains[i].name, "%s", name);
    }
    return &metrics->domains[i];
}

static size_t ender_index(const char *name)
{
    size_t i = 0;

    while (i < ENDERS - 1 && (name == NULL || strcmp(enders[i], name) != 0))
        i++;
    return i;
}

void metrics_ended(struct metrics *metrics, const char *domain, const struct qmp_result *result)
{
    if (metrics == NULL)
        return;
    pthread_mutex_lock(&metrics->lock);
    metrics->running--;
    metrics->ended[ender_index(result->ended_by)]++;
    if (result->exit > EXIT_OK && result->exit < EXIT_CODES && result->exit != EXIT_INTERRUPTED)
        metrics->errors[result->exit]++;
    if (result->ended_by != NULL) {
        struct domain_figures *figures = figures_of(metrics, domain);

        figures->predicted = result->decided ? result->decision.downtime : (double)NAN;
        figures->measured = result->downtime_ms / 1e3;
    }
    metrics->changed = true;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_connected(struct metrics *metrics, bool connected)
{
    if (metrics == NULL)
        return;
    pthread_mutex_lock(&metrics->lock);
    metrics->connections += connected && !metrics->connected;
    metrics->connected = connected;
    metrics->changed = true;
    pthread_mutex_unlock(&metrics->lock);
}

/* ---- Writing -------------------------------------------------------------------------------- */

static void describe(FILE *stream, const char *name, const char *type, const char *help)
{
    fprintf(stream, "# HELP precopyml_%s %s\n# TYPE precopyml_%s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and line feed have to be escaped. */
static void put_escaped(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fputs("\\n", stream);
        else if (*text == '\\' || *text == '"')
            fprintf(stream, "\\%c", *text);
        else
            fputc(*text, stream);
    }
}

static void write_counters(const struct metrics *metrics, FILE *stream)
{
    describe(stream, "connected", "gauge", "Whether libvirt answers.");
    fprintf(stream, "precopyml_connected %d\n", metrics->connected);
    describe(stream, "connections_total", "counter", "Connections made to libvirt.");
    fprintf(stream, "precopyml_connections_total %lu\n", metrics->connections);
    describe(stream, "migrations_running", "gauge", "Migrations that are being followed.");
    fprintf(stream, "precopyml_migrations_running %lu\n", metrics->running);
    describe(stream, "decisions_total", "counter", "Decisions taken, one a boundary.");
    for (int i = 0; i < VERDICTS; i++) {
        fputs("precopyml_decisions_total{verdict=\"", stream);
        for (const char *c = precopyml_verdict_name((enum precopyml_verdict)i); *c != '\0'; c++)
            fputc(tolower((unsigned char)*c), stream);
        fprintf(stream, "\"} %lu\n", metrics->decisions[i]);
    }
    describe(stream, "migrations_total", "counter",
             "Migrations that were followed, by who ended them.");
    for (int i = 0; i < ENDERS; i++)
        fprintf(stream, "precopyml_migrations_total{ended_by=\"%s\"} %lu\n", enders[i],
                metrics->ended[i]);
    describe(stream, "errors_total", "counter", "Migrations that did not end well, by exit code.");
    for (int i = 0; i < EXIT_CODES; i++)
        if (metrics->errors[i] > 0)
            fprintf(stream, "precopyml_errors_total{code=\"%d\"} %lu\n", i, metrics->errors[i]);
}

static void write_figures(const struct metrics *metrics, FILE *stream, const char *name,
                          const char *help, size_t offset)
{
    char number[NUMBER_TEXT_SIZE];

    describe(stream, name, "gauge", help);
    for (size_t i = 0; i < metrics->domain_count; i++) {
        const struct domain_figures *figures = &metrics->domains[i];
        double value = *(const double *)(const void *)((const char *)figures + offset);

        if (!isfinite(value))
            continue;
        fprintf(stream, "precopyml_%s{domain=\"", name);
        put_escaped(stream, figures->name);
        fprintf(stream, "\"} %s\n", number_text(number, value));
    }
}

int metrics_write(struct metrics *metrics)
{
    struct output output;

    if (metrics == NULL)
        return EXIT_OK;
    pthread_mutex_lock(&metrics->lock);
    bool changed = metrics->changed;
    metrics->changed = false;
    int code = changed ? output_open(&output, metrics->program, metrics->path) : EXIT_OK;
    if (changed && code == EXIT_OK) {
        write_counters(metrics, output.stream);
        write_figures(metrics, output.stream, "predicted_downtime_seconds",
                      "Forecast at the stop of the domain's latest migration.",
                      offsetof(struct domain_figures, predicted));
        write_figures(metrics, output.stream, "downtime_seconds",
                      "Downtime of the domain's latest migration.",
                      offsetof(struct domain_figures, measured));
    }
    pthread_mutex_unlock(&metrics->lock);
    if (changed && code == EXIT_OK)
        code = output_commit(&output);
    return code;
}
