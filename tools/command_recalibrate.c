/* SPDX-License-Identifier: MIT */
/* precopyml recalibrate: new bounds for a model, from how its own decisions came out. */
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <precopyml-train.h>

#include "calibration_set.h"
#include "command.h"
#include "exit_codes.h"
#include "model_bytes.h"
#include "number.h"
#include "option_number.h"
#include "output.h"

static const char help[] =
    "Usage: precopyml recalibrate --model MODEL -o MODEL2 [OPTION...] TRACE...\n"
    "       precopyml recalibrate --model MODEL -o MODEL2 [OPTION...] --history DIR\n"
    "Gives a model new bounds, from finished migrations that this model's own decisions ended: "
    "one\n"
    "score each, log(observed / forecast) / doubt at the stop. The forecasts stay as they are, "
    "bit\n"
    "for bit. JSON has the bounds where the doubt is 1: forecast x factor to the power of the "
    "doubt.\n"
    "What does not count (forced by a plan, ended by QEMU, post-copy, throttled, extrapolated,\n"
    "another model) is left out, with the reason. At confidence P bounds need P / (1 - P)\n"
    "migrations: 9 for 90 %, 19 for 95 %. With fewer they stay unknown.\n\n"
    "  -o, --output FILE       where the model goes; may be the one it comes from\n" SET_HELP
    "  --window N              only the latest N that count, 1 to 10000 (history: 500)\n"
    "  --gamma G               adaptive conformal: how fast bounds follow a drift, 0 (not) to 0.5\n"
    "                          (history: 0.02)\n"
    "  --json                  the summary as one JSON object on standard output\n\n"
    "Traces have no order: --window and --gamma are for a history. docs/calibration.md says when\n"
    "the bounds hold.\n";

enum { DEFAULT_WINDOW = 500 };
static const double default_gamma = 0.02;

struct arguments {
    const char *program;
    struct set_options set;
    const char *output;
    double window, gamma; /* negative: not given */
    bool json;
};

/* What happens to be asked for most. */
static const double shown[] = {0.8, 0.9, 0.95, 0.99};
enum { SHOWN = sizeof shown / sizeof *shown };

static double bounds_at(const precopyml_model *model, double confidence, double *lower)
{
    double upper;

    precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, confidence, lower, &upper);
    return upper;
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void print_json(const precopyml_model *model, json_t *summary)
{
    json_t *bounds = json_array();

    for (int i = 0; i < SHOWN; i++) {
        double lower, upper = bounds_at(model, shown[i], &lower);

        json_array_append_new(bounds, json_pack("{sf so so}", "confidence", shown[i], "lower",
                                                number(lower), "upper", number(upper)));
    }
    json_object_set_new(summary, "bounds", bounds);
    json_dumpf(summary, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    putchar('\n');
}

static void print_factors(double lower, double upper, double doubt, const char *after)
{
    char least[NUMBER_TEXT_SIZE], most[NUMBER_TEXT_SIZE];

    printf("%s to %s%s", number_fixed(least, pow(lower, doubt), 3),
           number_fixed(most, pow(upper, doubt), 3), after);
}

static void print_text(const precopyml_model *model, const struct calibration_set *set)
{
    struct doubt_range range = calibration_set_doubts(set);
    char least[NUMBER_TEXT_SIZE], middle[NUMBER_TEXT_SIZE], most[NUMBER_TEXT_SIZE];

    calibration_set_print(set, stdout);
    printf("doubt at their stops: %s to %s, median %s\n", number_fixed(least, range.least, 3),
           number_fixed(most, range.most, 3), number_fixed(middle, range.median, 3));
    for (int i = 0; i < SHOWN; i++) {
        double lower, upper = bounds_at(model, shown[i], &lower);

        if (isnan(upper)) {
            printf("at %g %%: unknown; the scores there are say nothing at that confidence\n",
                   shown[i] * 100);
            continue;
        }
        printf("at %g %%: ", shown[i] * 100);
        print_factors(lower, upper, range.median, " times the forecast at the median doubt, ");
        print_factors(lower, upper, range.most, " at the greatest, each one-sided\n");
    }
    if (set->policy_count > 1)
        fputs("stopped by more than one policy: the bounds are for that mixture (--policy NAME "
              "for one)\n",
              stdout);
}

static int save(const struct arguments *arguments, const void *data, size_t length)
{
    struct output output;
    int code = output_open(&output, arguments->program, arguments->output);

    if (code != EXIT_OK)
        return code;
    fwrite(data, 1, length, output.stream); /* output_commit() sees a failure */
    return output_commit(&output);
}

/* The new model in memory, read back. */
static int calibrate(const struct arguments *arguments, const struct calibration_set *set,
                     const struct model_bytes *old, const json_t *summary, struct model_bytes *made)
{
    struct precopyml_train_calibration options = PRECOPYML_TRAIN_CALIBRATION_INIT;
    double *scores = calloc(set->count + 1, sizeof *scores);
    char *note = json_dumps(summary, JSON_COMPACT | JSON_REAL_PRECISION(15));
    int error = -1;

    for (size_t i = 0; scores != NULL && i < set->count; i++)
        scores[i] = finished_score(&set->counted[i]);
    options.window = (uint32_t)arguments->window;
    options.gamma = arguments->gamma;
    options.note = note;
    if (scores != NULL && note != NULL)
        error = precopyml_train_calibrate(old->data, old->length, scores, set->count, &options,
                                          &made->data, &made->length);
    free(scores);
    free(note);
    if (error != 0) {
        complain(arguments->program, "%s", precopyml_train_error_message());
        return EXIT_RUNTIME;
    }
    if (precopyml_model_load_memory(made->data, made->length, &made->model) == 0)
        return EXIT_OK;
    complain(arguments->program, "the model cannot be read back: %s", precopyml_error_message());
    return EXIT_RUNTIME;
}

static int make(const struct arguments *arguments, const struct calibration_set *set,
                const struct model_bytes *old)
{
    struct model_bytes made = {0};
    json_t *summary = calibration_set_describe(set, &arguments->set);
    int code = calibrate(arguments, set, old, summary, &made);

    if (code == EXIT_OK)
        code = save(arguments, made.data, made.length);
    if (code == EXIT_OK && arguments->json)
        print_json(made.model, summary);
    else if (code == EXIT_OK)
        print_text(made.model, set);
    json_decref(summary);
    model_bytes_free(&made);
    return code == EXIT_OK ? finish_stdout(arguments->program, code) : code;
}

/* What the model's downtimes were measured by; NULL: its provenance does not say. To be freed. */
static char *trained_source(const precopyml_model *model)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    const char *downtime = precopyml_target_name(PRECOPYML_TARGET_DOWNTIME), *source = NULL;
    json_t *provenance, *target;
    char *copy;
    size_t i;

    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    provenance = json_loads(info.provenance, 0, NULL);
    json_array_foreach(json_object_get(provenance, "targets"), i, target)
    {
        const char *name = json_string_value(json_object_get(target, "target"));

        if (name != NULL && strcmp(name, downtime) == 0)
            source = json_string_value(json_object_get(target, "downtime_source"));
    }
    copy = source != NULL ? strdup(source) : NULL;
    json_decref(provenance);
    return copy;
}

/* Bounds of another figure than the forecast's are allowed, and told. */
static void compare_sources(const struct arguments *arguments, const precopyml_model *model)
{
    char *trained = trained_source(model);

    if (trained != NULL && strcmp(trained, arguments->set.wanted.source) != 0)
        complain(arguments->program,
                 "the model forecasts downtimes measured by '%s'; its bounds are now of those "
                 "measured by '%s'",
                 trained, arguments->set.wanted.source);
    free(trained);
}

static int run(struct arguments *arguments, char **traces)
{
    struct calibration_set set = {0};
    struct model_bytes old;
    int code = model_bytes_read(&old, arguments->program, arguments->set.model);

    if (code == EXIT_OK)
        code = output_check(arguments->program, arguments->output, traces);
    if (code == EXIT_OK) {
        fingerprint_text(arguments->set.wanted.model, old.model);
        code = calibration_set_read(&set, arguments->program, &arguments->set, old.model, traces);
    }
    if (code == EXIT_OK && set.count == 0) {
        calibration_set_print(&set, stderr);
        complain(arguments->program, "nothing to calibrate with: no model is written");
        code = EXIT_TOO_LITTLE;
    }
    if (code == EXIT_OK)
        code = make(arguments, &set, &old);
    if (code == EXIT_OK)
        compare_sources(arguments, old.model);
    calibration_set_free(&set);
    model_bytes_free(&old);
    return code;
}

/* Whether the options make sense together; sets what was not given. */
static bool check(struct arguments *arguments, char **traces)
{
    bool ordered = arguments->set.history != NULL;

    if (!set_options_check(&arguments->set, arguments->program, traces))
        return false;
    if (arguments->output == NULL) {
        complain(arguments->program, "no -o MODEL given");
        return false;
    }
    if (arguments->json && strcmp(arguments->output, "-") == 0) {
        complain(arguments->program, "standard output takes the model or --json, not both");
        return false;
    }
    if (!ordered && (arguments->window >= 0 || arguments->gamma >= 0)) {
        complain(arguments->program, "--window and --gamma need --history: traces have no order");
        return false;
    }
    if (arguments->window < 0)
        arguments->window = ordered ? DEFAULT_WINDOW : 0;
    if (arguments->gamma < 0)
        arguments->gamma = ordered ? default_gamma : 0;
    return true;
}

int command_recalibrate(int argc, char **argv)
{
    static const struct option table[] = {
        SET_LONG_OPTIONS,
        {"output", required_argument, NULL, 'o'},
        {"window", required_argument, NULL, 'w'},
        {"gamma", required_argument, NULL, 'g'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct arguments arguments = {
        .program = argv[0], .set = SET_OPTIONS_INIT, .window = -1, .gamma = -1};
    bool fine = true;
    int c;

    while (fine && (c = getopt_long(argc, argv, "o:h", table, NULL)) != -1) {
        if (set_options_is(c)) {
            fine = set_options_take(&arguments.set, argv[0], c, optarg);
            continue;
        }
        switch (c) {
        case 'o': arguments.output = optarg; break;
        case 'w':
            fine = option_whole(argv[0], "window", optarg, 1, PRECOPYML_TRAIN_WINDOW_MOST,
                                &arguments.window);
            break;
        case 'g': fine = option_number(argv[0], "gamma", optarg, 0, 0.5, &arguments.gamma); break;
        case 'j': arguments.json = true; break;
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    if (!fine || !check(&arguments, argv + optind))
        return usage_error(argv[0]);
    return run(&arguments, argv + optind);
}
