/* SPDX-License-Identifier: MIT */
/* precopyml select: which features tell the outcome, by tests and by a forward selection. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <precopyml-train.h>

#include "command.h"
#include "data_options.h"
#include "exit_codes.h"
#include "option_number.h"
#include "output.h"
#include "select_text.h"
#include "sweep.h"

static const char help[] =
    "Usage: precopyml select --data FILE.csv [OPTION...]\n"
    "       precopyml select --sweep FILE.jsonl [--json]\n"
    "Says which features tell a target: analysis of variance, chi-square and R2 of each by "
    "itself,\n"
    "on one row a migration; groups of those that say the same; a forward selection by\n"
    "cross-validation in folds of whole migrations. Or, of runs in which one factor was varied at\n"
    "a time, which factor moves total time and downtime. docs/feature-selection.md explains both.\n"
    "\n"
    "  --target NAME           downtime (default), downtime_next or remaining_time\n"
    "  --features A,B          candidates, by name (default: every feature of the data)\n"
    "  --predictor NAME        that the forward selection fits (knn)\n"
    "  --options A=X,B=Y       its hyper-parameters; those left out are chosen once\n"
    "  --mode MODE             what it fits: plain (default), log-residual or auto\n"
    "  --bins N                classes of a feature and of the target, 2 to 100 (5)\n"
    "  --alpha A               of tests and intervals, between 0 and 1 (0.05)\n"
    "  --redundant RHO         |rho| from which on two features say the same, up to 1 (0.95)\n"
    "  --most N                steps of the forward selection (10)\n"
    "  --rows N                for the forward selection, whole migrations drawn; 0: all (2000)\n"
    "  --gnuplot FILE          write a gnuplot script too: gnuplot FILE > FILE.svg\n"
    "  --sweep FILE.jsonl      runs with members factor, level and what 'precopyml simulate\n"
    "                          --json' prints; '-': standard input\n"
    "  --json                  one JSON line a feature, then one about all\n" DATA_HELP_COMMON;

struct arguments {
    const char *program;
    struct data_options data;
    struct precopyml_train_select_options options;
    const char *gnuplot;
    const char *sweep;
    bool json;
};

static int write_gnuplot(const struct arguments *arguments, const struct select_text *text)
{
    struct output output;
    int code = output_open(&output, arguments->program, arguments->gnuplot);

    if (code != EXIT_OK)
        return code;
    select_text_gnuplot(output.stream, text);
    return output_commit(&output);
}

static int show(const struct arguments *arguments, const precopyml_train_selection *selection)
{
    struct select_text text = {
        selection, precopyml_target_name((enum precopyml_target)arguments->options.target),
        1 - arguments->options.alpha, arguments->options.redundant};
    int code = arguments->gnuplot ? write_gnuplot(arguments, &text) : EXIT_OK;

    if (code != EXIT_OK)
        return code;
    if (arguments->json)
        select_text_json(stdout, &text);
    else
        select_text_print(stdout, &text);
    return finish_stdout(arguments->program, EXIT_OK);
}

static int run(struct arguments *arguments)
{
    struct precopyml_train_select_options *options = &arguments->options;
    const struct data_options *data = &arguments->data;
    struct data_watch watch = {.program = arguments->program};
    precopyml_train_dataset *dataset = NULL;
    precopyml_train_selection *selection = NULL;
    int error, code = EXIT_OK;

    if (arguments->gnuplot)
        code = output_check(arguments->program, arguments->gnuplot,
                            (char *[]){(char *)data->path, NULL});
    if (code == EXIT_OK)
        code = data_options_load(data, arguments->program, &dataset);
    if (code != EXIT_OK)
        return code;
    DATA_OPTIONS_GIVE(data, &watch, options);
    error = precopyml_train_select(dataset, options, &selection);
    progress_clear(&watch.progress);
    code = error ? data_failed(arguments->program, error) : show(arguments, selection);
    precopyml_train_selection_free(&selection);
    precopyml_train_dataset_free(&dataset);
    return code;
}

static bool take_option(struct arguments *arguments, int option, char *argument)
{
    struct precopyml_train_select_options *options = &arguments->options;
    double number = 0;
    bool taken;

    if (data_options_is(option))
        return data_options_take(&arguments->data, arguments->program, option, argument);
    switch (option) {
    case 'p': options->predictor = argument; return true;
    case 'o': options->hyperparameters = argument; return true;
    case 'g': arguments->gnuplot = argument; return true;
    case 's': arguments->sweep = argument; return true;
    case 'j': arguments->json = true; return true;
    case 'a':
        return option_number(arguments->program, "alpha", argument, 1e-6, 0.999, &options->alpha);
    case 'r':
        return option_number(arguments->program, "redundant", argument, 0.01, 1,
                             &options->redundant);
    case 'b':
        taken = option_whole(arguments->program, "bins", argument, 2, 100, &number);
        options->bins = (uint32_t)number;
        return taken;
    case 'm':
        taken =
            option_whole(arguments->program, "most", argument, 1, PRECOPYML_FEATURE_COUNT, &number);
        options->most = (uint32_t)number;
        return taken;
    case 'n':
        taken = option_whole(arguments->program, "rows", argument, 0, 1e9, &number);
        options->rows = (size_t)number;
        return taken;
    default: return false;
    }
}

int command_select(int argc, char **argv)
{
    static const struct option table[] = {
        {"predictor", required_argument, NULL, 'p'},
        {"options", required_argument, NULL, 'o'},
        {"bins", required_argument, NULL, 'b'},
        {"alpha", required_argument, NULL, 'a'},
        {"redundant", required_argument, NULL, 'r'},
        {"most", required_argument, NULL, 'm'},
        {"rows", required_argument, NULL, 'n'},
        {"gnuplot", required_argument, NULL, 'g'},
        {"sweep", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        DATA_LONG_OPTIONS,
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct arguments arguments = {.program = argv[0],
                                  .data = DATA_OPTIONS_INIT,
                                  .options = PRECOPYML_TRAIN_SELECT_OPTIONS_INIT};
    int c;

    arguments.data.mode = arguments.options.mode;
    while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (c == 'h')
            return show_help(help);
        if (!take_option(&arguments, c, optarg))
            return usage_error(argv[0]);
    }
    if (optind < argc) {
        complain(argv[0], "'%s' is not wanted", argv[optind]);
        return usage_error(argv[0]);
    }
    if (arguments.sweep && (arguments.data.path || arguments.gnuplot)) {
        complain(argv[0], "%s is not wanted beside --sweep",
                 arguments.data.path ? "--data" : "--gnuplot");
        return usage_error(argv[0]);
    }
    if (arguments.gnuplot && strcmp(arguments.gnuplot, "-") == 0) {
        complain(argv[0], "--gnuplot needs a file: standard output takes the result");
        return usage_error(argv[0]);
    }
    if (arguments.sweep)
        return sweep_run(argv[0], arguments.sweep, arguments.json);
    if (!data_options_one_target(&arguments.data, argv[0], &arguments.options.target))
        return usage_error(argv[0]);
    return run(&arguments);
}
