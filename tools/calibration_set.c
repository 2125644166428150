/* SPDX-License-Identifier: MIT */
#include "calibration_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "exit_codes.h"
#include "history.h"
#include "median.h"

/* ---- The command line ----------------------------------------------------------------------- */

static bool is_policy(const char *name)
{
    for (size_t i = 0; precopyml_policy_name(i) != NULL; i++) {
        if (strcmp(precopyml_policy_name(i), name) == 0)
            return true;
    }
    return false;
}

bool set_options_take(struct set_options *options, const char *program, int option,
                      const char *argument)
{
    switch (option) {
    case SET_OPTION_MODEL: options->model = argument; return true;
    case SET_OPTION_HISTORY: options->history = argument; return true;
    case SET_OPTION_SOURCE: options->wanted.source = argument; return true;
    case SET_OPTION_REPLAY: options->replay = true; return true;
    case SET_OPTION_POLICY: options->wanted.policy = argument; break;
    default: return false;
    }
    if (!is_policy(argument))
        complain(program, "no policy '%s'; 'precopyml predictors' lists them", argument);
    return is_policy(argument);
}

bool set_options_check(const struct set_options *options, const char *program, char **traces)
{
    if (options->model == NULL)
        complain(program, "--model is needed");
    else if (options->history == NULL && *traces == NULL)
        complain(program, "no trace and no --history given");
    else if (options->history != NULL && *traces != NULL)
        complain(program, "traces or --history, not both: a migration would count twice");
    else if (options->history != NULL && options->replay)
        complain(program, "--replay needs traces");
    else
        return true;
    return false;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static void count_policy(struct calibration_set *set, const char *name)
{
    size_t i = 0;

    while (i < set->policy_count && strcmp(set->policy[i].name, name) != 0)
        i++;
    if (i == sizeof set->policy / sizeof *set->policy)
        return; /* a mixture of so many is told as well by the first ones */
    if (i == set->policy_count)
        snprintf(set->policy[set->policy_count++].name, STOP_RECORD_WORD, "%s", name);
    set->policy[i].count++;
}

static void take(struct calibration_set *set, const struct finished *finished,
                 const struct wanted *wanted)
{
    enum objection objection = finished_objection(finished, wanted);

    set->total++;
    if (objection != OBJECTION_NONE) {
        set->skipped[objection]++;
        return;
    }
    set->counted[set->count++] = *finished;
    count_policy(set, finished->stop.policy);
}

static int make_room(struct calibration_set *set, const char *program, size_t most)
{
    set->counted = calloc(most + 1, sizeof *set->counted);
    if (set->counted != NULL)
        return EXIT_OK;
    complain(program, "out of memory");
    return EXIT_RUNTIME;
}

static int read_traces(struct calibration_set *set, const char *program,
                       const struct set_options *options, precopyml_model *model, char **traces)
{
    size_t most = 0;
    int code;

    while (traces[most] != NULL)
        most++;
    code = make_room(set, program, most);
    for (; code == EXIT_OK && *traces != NULL; traces++) {
        struct finished finished;

        code = finished_read_trace(&finished, program, *traces);
        if (code == EXIT_OK && options->replay)
            code = finished_replay(&finished, program, *traces, model);
        if (code == EXIT_OK)
            take(set, &finished, &options->wanted);
    }
    return code;
}

static int read_history(struct calibration_set *set, const char *program,
                        const struct wanted *wanted, const char *folder)
{
    struct history history;
    int code = history_read(&history, program, folder);

    if (code == EXIT_OK)
        code = make_room(set, program, history.count);
    for (size_t i = 0; code == EXIT_OK && i < history.count; i++)
        take(set, &history.entry[i], wanted);
    set->skipped[OBJECTION_UNREADABLE] = history.unreadable;
    set->total += history.unreadable;
    history_free(&history);
    return code;
}

int calibration_set_read(struct calibration_set *set, const char *program,
                         const struct set_options *options, precopyml_model *model, char **traces)
{
    *set = (struct calibration_set){0};
    if (options->history != NULL)
        return read_history(set, program, &options->wanted, options->history);
    return read_traces(set, program, options, model, traces);
}

void calibration_set_free(struct calibration_set *set)
{
    free(set->counted);
    *set = (struct calibration_set){0};
}

/* ---- Telling -------------------------------------------------------------------------------- */

static json_t *limits(const struct calibration_set *set)
{
    double least = INFINITY, most = 0;

    for (size_t i = 0; i < set->count; i++) {
        double limit = set->counted[i].stop.limit * 1e3;

        if (limit > 0) {
            least = fmin(least, limit);
            most = fmax(most, limit);
        }
    }
    return most > 0 ? json_pack("{sf sf}", "least", least, "most", most) : json_null();
}

struct doubt_range calibration_set_doubts(const struct calibration_set *set)
{
    struct doubt_range range = {NAN, NAN, NAN};
    double *doubts = calloc(set->count + 1, sizeof *doubts);

    for (size_t i = 0; doubts != NULL && i < set->count; i++)
        doubts[i] = set->counted[i].stop.doubt;
    if (doubts != NULL && set->count > 0) {
        range.median = median(doubts, set->count);
        range.least = doubts[0];
        range.most = doubts[set->count - 1];
    }
    free(doubts);
    return range;
}

static json_t *doubts(const struct calibration_set *set)
{
    struct doubt_range range = calibration_set_doubts(set);

    return isnan(range.median) ? json_null()
                               : json_pack("{sf sf sf}", "least", range.least, "median",
                                           range.median, "most", range.most);
}

json_t *calibration_set_describe(const struct calibration_set *set,
                                 const struct set_options *options)
{
    json_t *skipped = json_object(), *policies = json_object();

    for (int i = OBJECTION_NONE + 1; i < OBJECTION_COUNT; i++) {
        if (set->skipped[i] > 0)
            json_object_set_new(skipped, objection_name((enum objection)i),
                                json_integer((json_int_t)set->skipped[i]));
    }
    for (size_t i = 0; i < set->policy_count; i++)
        json_object_set_new(policies, set->policy[i].name,
                            json_integer((json_int_t)set->policy[i].count));
    return json_pack("{sI sI so so so ss ss sb so}", "total", (json_int_t)set->total, "counted",
                     (json_int_t)set->count, "skipped", skipped, "policies", policies,
                     "downtime_limit_ms", limits(set), "downtime_source", options->wanted.source,
                     "from", options->history != NULL ? "history" : "traces", "replayed",
                     (int)options->replay, "doubt", doubts(set));
}

void calibration_set_print(const struct calibration_set *set, FILE *stream)
{
    fprintf(stream, "%zu of %zu migrations count", set->count, set->total);
    for (size_t i = 0; i < set->policy_count; i++)
        fprintf(stream, "%s %s %zu", i == 0 ? ":" : ",", set->policy[i].name, set->policy[i].count);
    fputc('\n', stream);
    for (int i = OBJECTION_NONE + 1; i < OBJECTION_COUNT; i++) {
        if (set->skipped[i] > 0)
            fprintf(stream, "  %zu left out: %s\n", set->skipped[i],
                    objection_text((enum objection)i));
    }
}
