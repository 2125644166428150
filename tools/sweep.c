/* SPDX-License-Identifier: MIT */
#include "sweep.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <precopyml-train.h>

#include "command.h"
#include "exit_codes.h"
#include "json_line.h"
#include "number.h"

/* A run that was never stopped has no downtime: such figures are left out. */
static const char *const figures[] = {"tmt_s", "downtime_ms"};
enum { FIGURES = sizeof(figures) / sizeof(figures[0]) };

struct sweep {
    const char *program, *path;
    json_t *factors; /* factor -> level -> array of lines */
    unsigned long line;
};

static int bad_line(const struct sweep *sweep, const char *what)
{
    complain(sweep->program, "%s:%lu: %s", sweep->path, sweep->line, what);
    return EXIT_BAD_INPUT;
}

static int bad_file(const struct sweep *sweep, const char *what)
{
    complain(sweep->program, "%s: %s", sweep->path, what);
    return EXIT_BAD_INPUT;
}

/* The member of an object that is itself an object or array; made when it is not there. */
static json_t *member(json_t *object, const char *key, json_t *(*make)(void))
{
    json_t *found = json_object_get(object, key);

    if (found == NULL && (found = make()) != NULL)
        json_object_set_new(object, key, found);
    return found;
}

static int add(struct sweep *sweep, const json_t *run)
{
    const json_t *factor = json_object_get(run, "factor"), *level = json_object_get(run, "level");
    char number[NUMBER_TEXT_SIZE];
    json_t *levels, *runs;

    if (!json_is_string(factor) || (!json_is_string(level) && !json_is_number(level)))
        return bad_line(sweep, "no text \"factor\", or no \"level\" that is text or a number");
    levels = member(sweep->factors, json_string_value(factor), json_object);
    runs = member(levels,
                  json_is_string(level) ? json_string_value(level)
                                        : number_text(number, json_number_value(level)),
                  json_array);
    return json_array_append(runs, (json_t *)run) == 0 ? EXIT_OK : EXIT_RUNTIME;
}

static int read_lines(struct sweep *sweep, FILE *stream)
{
    char *text = NULL;
    size_t size = 0;
    int code = EXIT_OK;

    while (code == EXIT_OK && getline(&text, &size, stream) >= 0) {
        json_t *run = json_loads(text, 0, NULL);

        sweep->line++;
        code = json_is_object(run) ? add(sweep, run) : bad_line(sweep, "not a JSON object");
        json_decref(run);
    }
    if (code == EXIT_OK && ferror(stream))
        code = bad_file(sweep, strerror(errno));
    if (code == EXIT_OK && sweep->line == 0)
        code = bad_file(sweep, "no runs");
    free(text);
    return code;
}

/* One figure of a factor's runs, as logarithms, with the number of the level of each. */
struct response {
    double *value;
    uint32_t *group;
    size_t count;
    double least, most; /* geometric means of the levels; NaN: no run has the figure */
};

static bool collect(json_t *levels, const char *figure, struct response *response)
{
    const char *name;
    json_t *runs, *run;
    uint32_t group = 0;
    size_t i, all = 0;

    json_object_foreach(levels, name, runs) all += json_array_size(runs);
    *response =
        (struct response){calloc(all, sizeof(double)), calloc(all, sizeof(uint32_t)), 0, NAN, NAN};
    if (response->value == NULL || response->group == NULL)
        return false;
    json_object_foreach(levels, name, runs)
    {
        double sum = 0;
        size_t before = response->count;

        json_array_foreach(runs, i, run)
        {
            double value = json_number_value(json_object_get(run, figure));

            if (!(value > 0))
                continue;
            sum += response->value[response->count] = log(value);
            response->group[response->count++] = group;
        }
        if (response->count == before)
            continue;
        group++;
        sum = exp(sum / (double)(response->count - before));
        response->least = fmin(response->least, sum);
        response->most = fmax(response->most, sum);
    }
    return true;
}

static void print_json(const char *factor, const char *figure, const struct response *response,
                       const struct precopyml_train_anova *anova)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "factor", factor);
    json_line_string(&line, "figure", figure);
    json_line_number(&line, "runs", (double)response->count);
    json_line_number(&line, "levels", anova->df_between + 1);
    json_line_number(&line, "f", anova->f);
    json_line_number(&line, "p", anova->p);
    json_line_number(&line, "eta2", anova->eta2);
    json_line_number(&line, "times", response->most / response->least);
    json_line_end(&line);
}

static void print_row(const char *factor, const char *figure, const struct response *response,
                      const struct precopyml_train_anova *anova)
{
    char levels[NUMBER_TEXT_SIZE], f[NUMBER_TEXT_SIZE], p[NUMBER_TEXT_SIZE] = "-";
    char eta2[NUMBER_TEXT_SIZE], times[NUMBER_TEXT_SIZE];

    if (!isnan(anova->p))
        snprintf(p, sizeof(p), "%.1e", anova->p);
    printf("%-24s %-12s%6zu%7s%12s%10s%7s%9s\n", factor, figure, response->count,
           number_fixed(levels, anova->df_between + 1, 0), number_fixed(f, anova->f, 1), p,
           number_fixed(eta2, anova->eta2, 3),
           number_fixed(times, response->most / response->least, 2));
}

static int print(const struct sweep *sweep, bool json)
{
    const char *factor;
    json_t *levels;
    int error = 0;

    if (!json)
        printf("%-24s %-12s%6s%7s%12s%10s%7s%9s\n", "factor", "figure", "runs", "levels", "F", "p",
               "eta2", "times");
    json_object_foreach(sweep->factors, factor, levels)
    {
        for (size_t i = 0; i < FIGURES && error == 0; i++) {
            struct precopyml_train_anova anova = PRECOPYML_TRAIN_ANOVA_INIT;
            struct response response;

            error =
                collect(levels, figures[i], &response)
                    ? precopyml_train_anova(response.value, response.group, response.count, &anova)
                    : -ENOMEM;
            if (error == 0)
                (json ? print_json : print_row)(factor, figures[i], &response, &anova);
            free(response.value);
            free(response.group);
        }
    }
    if (error)
        complain(sweep->program, "%s", strerror(-error));
    return finish_stdout(sweep->program, error ? EXIT_RUNTIME : EXIT_OK);
}

int sweep_run(const char *program, const char *path, bool json)
{
    bool piped = strcmp(path, "-") == 0;
    struct sweep sweep = {.program = program, .path = piped ? "standard input" : path};
    FILE *stream = piped ? stdin : fopen(path, "r");
    int code;

    if (stream == NULL) {
        complain(program, "%s: %s", path, strerror(errno));
        return EXIT_BAD_INPUT;
    }
    sweep.factors = json_object();
    code = sweep.factors ? read_lines(&sweep, stream) : EXIT_RUNTIME;
    if (!piped)
        fclose(stream);
    if (code == EXIT_OK)
        code = print(&sweep, json);
    json_decref(sweep.factors);
    return code;
}
