/* SPDX-License-Identifier: MIT */
/* precopyml simulate: migrations that never happened, as traces or as a line of figures each. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "command.h"
#include "exit_codes.h"
#include "json_line.h"
#include "number.h"
#include "output.h"
#include "shapes.h"
#include "simulate_options.h"
#include "simulation_trace.h"
#include "workload.h"

static int print_help(void)
{
    const struct workload *workload;
    const struct shape *shape;

    fputs(simulate_options_help, stdout);
    puts("\nWorkloads of the testbed, and general ones:");
    for (size_t i = 0; (workload = workload_at(i)) != NULL; i++)
        printf("  %-28s%s\n", workload->words, workload->summary);
    puts("  A writer's and zipf's manner: sweep or random, from S, until S (or settle S), every S\n"
         "  for S, zero SHARE.\n"
         "\nShapes redrawn from published plots, with their own --ram:");
    for (size_t i = 0; (shape = shape_at(i)) != NULL; i++)
        printf("  %-28s%s\n", shape->name, shape->summary);
    return finish_stdout("precopyml simulate", EXIT_OK);
}

struct session {
    const char *program;
    const struct simulate_options *options;
    struct simulation_trace *trace;    /* one a thread */
    struct simulation_result *results; /* one a run; NULL when nobody wants figures */
};

static struct simulation_label label_of(const struct session *session, uint32_t run)
{
    return (struct simulation_label){session->options->workload, session->options->link,
                                     session->options->seed, run};
}

/* The path of one run's trace, from malloc: '%d' is its number, as wide as the last one's. */
static char *path_of(const struct simulate_options *options, uint32_t run)
{
    const char *place = strstr(options->path, "%d");
    char number[16];
    char *path;
    int width;

    if (place == NULL)
        return strdup(options->path);
    width = snprintf(number, sizeof(number), "%lu", (unsigned long)options->runs);
    if (asprintf(&path, "%.*s%0*lu%s", (int)(place - options->path), options->path, width,
                 (unsigned long)run, place + 2) < 0)
        return NULL;
    return path;
}

static const struct simulation_observer *begin_run(uint32_t run, unsigned thread, void *opaque)
{
    struct session *session = opaque;

    (void)run;
    if (session->options->path == NULL)
        return NULL;
    simulation_trace_start(&session->trace[thread]);
    return &session->trace[thread].observer;
}

static int write_trace(const struct session *session, uint32_t run, unsigned thread,
                       const struct simulation_result *result)
{
    const struct simulation_trace *trace = &session->trace[thread];
    struct simulation_label label = label_of(session, run);
    struct output output;
    char *path = trace->failed ? NULL : path_of(session->options, run);
    int code;

    if (path == NULL)
        return -ENOMEM;
    code = output_open(&output, session->program, path);
    free(path);
    if (code != EXIT_OK)
        return code;
    simulation_trace_write(trace, &label, &session->options->scenario, result, output.stream);
    return output_commit(&output);
}

static int end_run(uint32_t run, unsigned thread, const struct simulation_result *result,
                   void *opaque)
{
    struct session *session = opaque;

    if (session->results != NULL)
        session->results[run - 1] = *result;
    return session->options->path != NULL ? write_trace(session, run, thread, result) : 0;
}

/* Three digits after the point are plenty for milliseconds. */
static double thousandth(double value)
{
    return rint(value * 1e3) / 1e3;
}

static void print_figures(const struct session *session, uint32_t run)
{
    const struct simulation_result *result = &session->results[run - 1];
    struct simulation_label label = label_of(session, run);
    struct json_line line;
    char id[160];

    simulation_trace_id(&label, id, sizeof(id));
    json_line_begin(&line, stdout);
    json_line_number(&line, "run", run);
    json_line_string(&line, "id", id);
    json_line_bool(&line, "simulated", true);
    json_line_string(&line, "ended_by", simulation_end_word(result->end));
    json_line_number(&line, "boundaries", result->boundaries);
    json_line_number(&line, "tmt_s", thousandth(result->total));
    json_line_number(&line, "downtime_ms", thousandth(result->downtime * 1e3));
    json_line_number(&line, "overhead_ms", thousandth(result->overhead * 1e3));
    json_line_number(&line, "forced_t", thousandth(result->forced_t));
    json_line_number(&line, "transferred", result->transferred);
    json_line_number(&line, "fake_pages", result->fake_pages);
    json_line_number(&line, "throttle", result->throttle);
    json_line_end(&line);
}

/* A line a run: what is asked of a fleet. */
static int write_outcomes(const struct session *session)
{
    const struct simulate_options *options = session->options;
    struct output output;
    int code = output_open(&output, session->program, options->outcomes);

    if (code != EXIT_OK)
        return code;
    fputs("run,total_time,downtime,bytes,iterations,ended_by\n", output.stream);
    for (uint32_t run = 1; run <= options->runs; run++) {
        const struct simulation_result *result = &session->results[run - 1];
        char total[NUMBER_TEXT_SIZE], downtime[NUMBER_TEXT_SIZE] = "";

        number_fixed(total, result->total, 6);
        if (!isnan(result->downtime))
            number_fixed(downtime, result->downtime, 6);
        fprintf(output.stream, "%lu,%s,%s,%.0f,%.0f,%s\n", (unsigned long)run, total, downtime,
                result->transferred, result->syncs, simulation_end_word(result->end));
    }
    return output_commit(&output);
}

/* An exit code; errors of the library are negative, those of the output are codes already. */
static int run_all(struct session *session)
{
    const struct simulate_options *options = session->options;
    struct batch batch = {.scenario = &options->scenario,
                          .seed = options->seed,
                          .runs = options->runs,
                          .threads = options->jobs,
                          .begin = begin_run,
                          .end = end_run,
                          .opaque = session};
    int code = batch_run(&batch);

    if (code < 0) {
        complain(session->program, "%s", strerror(-code));
        return EXIT_RUNTIME;
    }
    if (code == EXIT_OK && options->outcomes != NULL)
        code = write_outcomes(session);
    for (uint32_t run = 1; code == EXIT_OK && options->json && run <= options->runs; run++)
        print_figures(session, run);
    return finish_stdout(session->program, code);
}

int command_simulate(int argc, char **argv)
{
    struct simulate_options options;
    struct session session = {.program = argv[0], .options = &options};
    int code = simulate_options_read(&options, argc, argv);
    bool figures;

    if (code != EXIT_OK)
        return usage_error(argv[0]);
    if (options.help)
        return print_help();
    session.trace = calloc(options.jobs, sizeof(*session.trace));
    figures = options.json || options.outcomes != NULL;
    if (figures)
        session.results = calloc(options.runs, sizeof(*session.results));
    if (session.trace == NULL || (figures && session.results == NULL)) {
        complain(argv[0], "out of memory");
        code = EXIT_RUNTIME;
    } else {
        code = run_all(&session);
    }
    for (unsigned i = 0; session.trace != NULL && i < options.jobs; i++)
        simulation_trace_free(&session.trace[i]);
    free(session.trace);
    free(session.results);
    return code;
}
